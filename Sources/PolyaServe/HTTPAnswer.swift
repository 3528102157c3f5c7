internal import PolyaCore

/// The answer to a request.
struct HTTPAnswer: Sendable {
  var status = 200
  var contentType = "application/json"
  var body: [UInt8]
  /// One header beside the usual ones.
  var header: (name: String, value: String)?

  /// Creates an answer in JSON.
  init(status: Int = 200, json: JSON) {
    self.status = status
    body = []
    json.append(to: &body)
  }

  /// Creates server-sent events, one per value, and the end that OpenAI's clients wait for.
  init(events: [JSON]) {
    contentType = "text/event-stream; charset=utf-8"
    header = ("Cache-Control", "no-cache")
    body = []
    for event in events {
      body += "data: ".utf8
      event.append(to: &body)
      body += "\n\n".utf8
    }
    body += "data: [DONE]\n\n".utf8
  }
}

/// A request that cannot be served, in the form that OpenAI's clients read.
struct APIError: Error, Equatable {
  var status: Int
  var message: String
  /// The field that is wrong; nil if none is.
  var field: String?
  var code: String?
  /// The header that HTTP asks for with this status.
  var header: [String] = []

  init(_ status: Int, _ message: String, field: String? = nil, code: String? = nil, header: [String] = []) {
    // Both may contain what the client has sent.
    self.message = String(message.unicodeScalars.prefix(1000))
    self.field = field.map { String($0.unicodeScalars.prefix(100)) }
    (self.status, self.code, self.header) = (status, code, header)
  }

  /// The error for any failure: what is wrong with a field is the client's, and all else the server's.
  init(_ error: any Error) {
    switch error {
    case let error as APIError: self = error
    case let error as PolyaError where error.code == .configuration:
      var text = error
      // The place is the path of the field.
      text.place = nil
      let message = error.place.map { "'\($0)' \(text)" } ?? "\(text)"
      self.init(400, message, field: error.place)
    case let error as PolyaError where error.code == .interrupted: self = .stopping
    case let error as PolyaError: self.init(500, error.description)
    default: self.init(500, "\(error)")
    }
  }

  /// The error while the server ends.
  static let stopping = APIError(
    503, "the server is shutting down", code: "shutting_down", header: ["Retry-After", "10"])

  var answer: HTTPAnswer {
    func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    let type =
      status < 500 ? (status == 401 ? "authentication_error" : "invalid_request_error") : "server_error"
    var answer = HTTPAnswer(
      status: status,
      json: [
        "error": [
          "message": .string(message), "type": .string(type), "param": text(field), "code": text(code),
        ]
      ])
    if header.count == 2 { answer.header = (header[0], header[1]) }
    return answer
  }
}

/// A request to a server.
package struct HTTPRequest: Sendable {
  /// What is asked for.
  package enum Method: String, Sendable { case get = "GET", post = "POST" }

  /// GET or POST.
  package var method: Method
  /// http or https; everything else is refused.
  package var url: String
  /// Sent as they are. Values may be secret: no error shows them.
  package var headers: [(name: String, value: String)]
  /// The content of a POST.
  package var body: [UInt8]
  /// Seconds that all of the exchange may take.
  package var timeout: Double
  /// Whether it may be sent twice. libcurl does so when a connection that was kept turns out to be closed, so one that
  /// may not gets a new connection.
  package var isRepeatable: Bool

  /// Creates a request.
  package init(
    _ method: Method, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeout: Double, isRepeatable: Bool = true
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.isRepeatable = isRepeatable
  }
}

/// What a server answered, whatever its status.
package struct HTTPAnswer: Sendable, Equatable {
  /// The status, such as 200.
  package var status: Int
  /// By name in lowercase; of a name that is there twice, the last.
  package var headers: [String: String]
  /// The content.
  package var body: [UInt8]

  /// Creates an answer.
  package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Why there is no answer.
package struct HTTPFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened, as far as a caller has to know.
  package enum Kind: Sendable {
    /// Nothing was sent: no such host, refused connection, or no connection in time.
    case unreachable
    /// The server's certificate cannot be verified.
    case certificate
    /// No complete answer within the request's time; the server may have done what was asked.
    case timedOut
    /// The connection ended in the middle; the server may have done what was asked.
    case cut
    /// The answer is longer than allowed.
    case tooLong
    /// The URL or a header cannot be sent.
    case badRequest
  }

  /// The kind.
  package var kind: Kind
  /// What libcurl says, without secrets.
  package var message: String

  /// Creates a failure.
  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The message.
  package var description: String { message }
}

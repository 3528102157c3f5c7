/// A request to a service, wherever it runs: the same for each of its servers.
package struct ServiceRequest: Sendable {
  /// After the base URL, such as `/v1/models`.
  package var path: String
  /// The content of a POST; nil for a GET.
  package var body: [UInt8]?
  /// Seconds that one attempt may take.
  package var timeout: Double
  /// Whether asking twice does no harm, so that a request that may have been served can be sent again.
  package var isRepeatable: Bool
  /// Whether it asks for a result that may not be there yet: status 408 then means to ask again, and is no fault.
  package var isPoll: Bool

  /// Creates a request, by default one that may be sent twice.
  package init(
    _ path: String, body: [UInt8]? = nil, timeout: Double, isRepeatable: Bool = true,
    isPoll: Bool = false
  ) {
    self.path = path
    self.body = body
    self.timeout = timeout
    self.isRepeatable = isRepeatable
    self.isPoll = isPoll
  }
}

/// An answer that says that what was asked for is not there yet; it is asked for again, as long as that takes.
package struct ServicePending: Error {
  /// Creates it.
  package init() {}
}

/// What is wrong with an answer that arrived as a success; the request is sent again.
package struct ServiceFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, as a part of a sentence: "the answer is not JSON".
  package var description: String

  /// Creates a fault.
  package init(_ description: String) { self.description = description }
}

/// Why a service gave no usable answer.
package struct ServiceFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened, as far as a caller has to know.
  package enum Kind: Sendable, Equatable {
    /// No server could be reached.
    case unreachable
    /// A server refused the request itself, with this status.
    case refused(status: Int)
    /// Every attempt failed.
    case exhausted
    /// The request cannot be sent, or its answer not be received.
    case unsendable
  }

  /// The kind.
  package var kind: Kind
  /// The base URL of the server that failed last.
  package var server: String
  /// The path of the request.
  package var path: String
  /// What was seen, without secrets; of a refusal, the beginning of what the server said.
  package var seen: String

  /// Creates a failure.
  package init(_ kind: Kind, server: String, path: String, seen: String) {
    self.kind = kind
    self.server = server
    self.path = path
    self.seen = seen
  }

  /// One sentence.
  package var description: String {
    switch kind {
    case .unreachable: "\(server) cannot be reached: \(seen)"
    case .refused(let status): "\(server)\(path) answered with status \(status): \(seen)"
    case .exhausted: "\(server)\(path) gave no usable answer: \(seen)"
    case .unsendable: "\(server)\(path) cannot be asked: \(seen)"
    }
  }
}

internal import CPolyaHTTP
internal import PolyaCore
internal import Synchronization

/// What comes before the body of a request. Headers that were not sent are nil.
struct HTTPHead: Sendable {
  var method, path: String
  var authorization, contentType: String?
  /// The size of the body as announced, in bytes; 0 if it was not.
  var bodySize: UInt64

  fileprivate init(_ head: PolyaHTTPHead) {
    func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
    (method, path) = (text(head.method) ?? "", text(head.path) ?? "")
    (authorization, contentType) = (text(head.authorization), text(head.content_type))
    bodySize = head.body_size
  }

  /// Creates a head, for tests.
  init(
    method: String, path: String, authorization: String? = nil, contentType: String? = nil,
    bodySize: UInt64 = 0
  ) {
    (self.method, self.path, self.authorization) = (method, path, authorization)
    (self.contentType, self.bodySize) = (contentType, bodySize)
  }
}

/// A request that has arrived as a whole and waits for its answer.
final class HTTPRequest: Sendable {
  /// What became of a body.
  enum Body: Sendable {
    case kept([UInt8])
    /// ``HTTPHandler/begins(_:)`` did not want it.
    case unwanted
    case tooLarge
  }

  let head: HTTPHead
  /// Nil once it is answered.
  ///
  /// Safety: the library does not touch an exchange until it is answered, which the lock lets happen once.
  private let exchange: Mutex<Exchange?>

  private struct Exchange: @unchecked Sendable { let pointer: OpaquePointer }

  fileprivate init(_ head: HTTPHead, _ exchange: OpaquePointer) {
    self.head = head
    self.exchange = Mutex(Exchange(pointer: exchange))
  }

  /// Whether the client has closed its end before it was answered.
  var isGone: Bool { exchange.withLock { $0.map { polya_http_is_gone($0.pointer) == 1 } ?? true } }

  /// Sends the answer; only the first one counts.
  func answer(_ answer: HTTPAnswer) {
    let exchange = exchange.withLock { exchange in
      defer { exchange = nil }
      return exchange
    }
    guard let exchange else { return }
    answer.contentType.withCString { type in
      (answer.header?.name ?? "").withCString { name in
        (answer.header?.value ?? "").withCString { value in
          answer.body.withUnsafeBufferPointer { body in
            var raw = PolyaHTTPAnswer(
              status: UInt32(answer.status), content_type: type,
              header_name: answer.header == nil ? nil : name, header_value: value, body: body.baseAddress,
              size: body.count)
            polya_http_answer(exchange.pointer, &raw)
          }
        }
      }
    }
  }

  // A connection that is never answered would never be closed.
  deinit { answer(HTTPAnswer(status: 500, json: ["error": ["message": "the request was lost"]])) }
}

/// What a server does with requests. It is called on the server's threads, several at a time.
protocol HTTPHandler: AnyObject, Sendable {
  /// Returns whether the body of a request that begins is wanted.
  func begins(_ head: HTTPHead) -> Bool
  /// Receives a request, which it or somebody else must answer, with its body, which nobody else keeps.
  func arrives(_ request: HTTPRequest, _ body: HTTPRequest.Body)
  /// A request for which ``begins(_:)`` was called is over.
  func ends(wasWanted: Bool)
}

/// A socket that is bound but does not listen yet.
package struct BoundSocket: Sendable {
  fileprivate let descriptor: Int32
  /// The port, also if any free one was asked for.
  package let port: Int
  /// Whether only programs on this machine can reach it.
  package let isLoopback: Bool

  /// Binds to a name or an address of this machine; port 0 is any free one.
  package init(host: String, port: Int) throws {
    var bound = PolyaHTTPSocket()
    if let why = polya_http_bind(host, UInt16(clamping: port), &bound) {
      throw PolyaError(
        .configuration, "cannot listen at \(host), port \(port): \(String(cString: why))",
        hint: "choose others with --host and --port")
    }
    (descriptor, self.port, isLoopback) = (bound.descriptor, Int(bound.port), bound.is_loopback == 1)
  }
}

/// An HTTP server: libmicrohttpd on threads of its own.
final class HTTPServer {
  /// The limits of a server.
  struct Limits {
    /// The most connections at a time; others wait to be accepted.
    var connections: Int
    /// The largest body in bytes.
    var body: Int
    var threads = 4
    /// The time after which a connection on which nothing moves is closed.
    var idleSeconds = 60
  }

  private let server: OpaquePointer
  private let handler: Unmanaged<Box>

  private final class Box {
    let handler: any HTTPHandler
    init(_ handler: any HTTPHandler) { self.handler = handler }

    static func of(_ context: UnsafeMutableRawPointer?) -> any HTTPHandler {
      guard let context else { preconditionFailure("the library lost its context") }
      return Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().handler
    }
  }

  /// Listens at the socket until ``stop(within:)``.
  init(_ socket: BoundSocket, _ limits: Limits, _ handler: any HTTPHandler) throws {
    // Safety: released in stop(), after which the library calls nothing.
    self.handler = Unmanaged.passRetained(Box(handler))
    var settings = PolyaHTTPSettings()
    settings.descriptor = socket.descriptor
    settings.connections = UInt32(clamping: limits.connections)
    settings.threads = UInt32(clamping: limits.threads)
    settings.idle_seconds = UInt32(clamping: limits.idleSeconds)
    settings.body_limit = UInt64(limits.body)
    settings.context = self.handler.toOpaque()
    settings.begins = { context, head in
      guard let head else { return 0 }
      return Box.of(context).begins(HTTPHead(head.pointee)) ? 1 : 0
    }
    settings.arrives = { context, exchange, head, bytes, size, fate in
      guard let exchange, let head else { return }
      let body: HTTPRequest.Body =
        switch Int(fate) {
        case POLYA_HTTP_BODY_KEPT:
          .kept(Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : size)))
        case POLYA_HTTP_BODY_TOO_LARGE: .tooLarge
        default: .unwanted
        }
      Box.of(context).arrives(HTTPRequest(HTTPHead(head.pointee), exchange), body)
    }
    settings.ends = { context, wasKept in Box.of(context).ends(wasWanted: wasKept == 1) }
    var server: OpaquePointer?
    let status = polya_http_start(&settings, &server)
    guard let server else {
      self.handler.release()
      throw Self.failure(status)
    }
    self.server = server
  }

  private static func failure(_ status: Int32) -> PolyaError {
    switch Int(status) {
    case POLYA_HTTP_NOT_BUILT:
      PolyaError(
        .run, "this polya was built without libmicrohttpd, which serves HTTP",
        hint: "install it with its header (Debian: libmicrohttpd-dev) and build polya again")
    case POLYA_HTTP_NOT_INSTALLED:
      PolyaError(
        .run, "libmicrohttpd.so.12, which serves HTTP, is not installed",
        hint: "install it (Debian: libmicrohttpd12)")
    default:
      PolyaError(
        .run, "the HTTP server cannot be started", hint: "check the limits of this process (ulimit -a)")
    }
  }

  /// Accepts no more connections, waits until all requests are over or the time is, and closes everything.
  /// Every request that has arrived must have been answered. Call this once, at the end.
  func stop(within seconds: Int) {
    polya_http_stop(server, UInt32(clamping: seconds))
    handler.release()
  }
}

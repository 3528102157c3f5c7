internal import PolyaCore

/// What host and worker say over their control socket: a kind, a few words, a text. Large things lie in the
/// shared memory.
///
/// The host trusts no field of what it decodes.
struct WorkerMessage: Equatable {
  enum Kind: UInt64, CaseIterable {
    /// To the worker: load the copy whose path stands at (address, size), of the file that stands there too.
    case load = 1
    /// To the worker: create the plugin of a module.
    case create
    /// To the worker: call a function.
    case perform
    /// To the host: how one of these ended.
    case reply
    /// To the host: a log line of a level.
    case log
    /// To the host, inside of a call: what a plugin asks of a lent model.
    case ask
    /// To the worker: how an `ask` ended; the text says why it failed.
    case answer

    /// How many words it carries.
    var words: Int {
      switch self {
      case .load: 6
      case .create: 12
      case .perform: 14
      case .reply: 7
      case .log: 1
      case .ask: 11
      case .answer: 3
      }
    }
  }

  var kind: Kind
  var words: [UInt64]
  var text: [UInt8] = []

  /// Longer texts are cut.
  static let largestText = 8192
  /// An upper bound of the encoded size.
  static let largestSize = 8 * 16 + largestText

  init(_ kind: Kind, _ words: [UInt64], text: some Sequence<UInt8> = []) {
    precondition(words.count == kind.words)
    self.kind = kind
    self.words = words
    self.text = Array(text.prefix(Self.largestText))
  }

  var encoded: [UInt8] {
    ([kind.rawValue] + words).flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
      + text
  }

  /// nil: no message of this protocol.
  init?(decoding bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    func word(_ index: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[8 * index + $1]) << (8 * UInt64($1)) }
    }
    guard bytes.count >= 8, let kind = Kind(rawValue: word(0)) else { return nil }
    let head = 8 * (1 + kind.words)
    guard bytes.count >= head, bytes.count <= head + Self.largestText else { return nil }
    self.kind = kind
    words = (1...max(kind.words, 1)).prefix(kind.words).map { word($0) }
    text = Array(bytes[head...])
  }
}

/// The words of a `reply`.
struct WorkerReply {
  var status: Int32
  /// The result of `load` as (address, size); the functions of `create`; the word of `perform`.
  var first: UInt64
  var second: UInt64 = 0
  var used: UInt64
  var dirty: UInt64
  /// Rows of failures in the shared memory.
  var failures: UInt64
  var failureCount: UInt64

  var message: WorkerMessage {
    WorkerMessage(
      .reply,
      [UInt64(UInt32(bitPattern: status)), first, second, used, dirty, failures, failureCount])
  }

  init(status: Int32, first: UInt64, second: UInt64 = 0, used: Int, dirty: Int, failures: UInt64, count: Int)
  {
    self.status = status
    self.first = first
    self.second = second
    self.used = UInt64(used)
    self.dirty = UInt64(dirty)
    self.failures = failures
    failureCount = UInt64(count)
  }

  /// - Throws: ``Misbehavior`` for numbers that cannot be.
  init(_ message: WorkerMessage, shared: SharedMemory) throws {
    guard message.kind == .reply else { throw Misbehavior("its worker sends '\(message.kind)' for a reply") }
    let words = message.words
    status = Int32(truncatingIfNeeded: words[0])
    (first, second, used, dirty) = (words[1], words[2], words[3], words[4])
    (failures, failureCount) = (words[5], words[6])
    let size = UInt64(shared.bytes.count)
    guard used >= UInt64(SharedMemory.headerSize), used <= size, dirty <= size, failureCount <= 1 << 24 else {
      throw Misbehavior("its worker sends numbers that cannot be: \(words)")
    }
  }
}

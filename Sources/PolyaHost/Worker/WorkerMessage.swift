internal import PolyaCore

/// A message on the control socket between host and worker: a kind, a few words, and a text. Large data is in
/// the shared memory.
///
/// The host trusts no field of a decoded message.
struct WorkerMessage: Equatable {
  enum Kind: UInt64, CaseIterable {
    /// To the worker: load a copy, whose path is at (address, size), of a file, whose path follows in the
    /// same form.
    case load = 1
    /// To the worker: create an instance of a plugin in the module.
    case create
    /// To the worker: call a function.
    case perform
    /// To the host: the result of one of the above.
    case reply
    /// To the host: a log line with its level.
    case log
    /// To the host, during a call: a plugin's request to a lent model.
    case ask
    /// To the worker: the result of an `ask`, with the reason as text if it failed.
    case answer

    /// The number of words in a message of this kind.
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

  /// The maximum length of a text in bytes; longer texts are cut.
  static let largestText = 8192
  /// An upper bound of the encoded size in bytes.
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

  /// Decodes a message; returns nil if it is not one of this protocol.
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
  /// The result of `load` as (address, size), the functions of `create`, or the word of `perform`.
  var first: UInt64
  var second: UInt64 = 0
  var used: UInt64
  var dirty: UInt64
  /// The rows of failures in the shared memory.
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

  /// Reads a reply.
  ///
  /// - Throws: ``Misbehavior`` for impossible numbers.
  init(_ message: WorkerMessage, shared: SharedMemory) throws {
    guard message.kind == .reply else {
      throw Misbehavior("its worker sent '\(message.kind)' instead of a reply")
    }
    let words = message.words
    status = Int32(truncatingIfNeeded: words[0])
    (first, second, used, dirty) = (words[1], words[2], words[3], words[4])
    (failures, failureCount) = (words[5], words[6])
    let size = UInt64(shared.bytes.count)
    guard used >= UInt64(SharedMemory.headerSize), used <= size, dirty <= size, failureCount <= 1 << 24 else {
      throw Misbehavior("its worker sent impossible numbers: \(words)")
    }
  }
}

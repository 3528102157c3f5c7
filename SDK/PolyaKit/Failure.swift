internal import CPolya

/// Why a call, or one row of it, failed: becomes a status and a sentence on the host's side.
public struct Failure: Error, Sendable, CustomStringConvertible {
  /// What kind of failure; the host decides by it whether to retry.
  public enum Code: Int32, Sendable {
    case cancelled = 1
    case timedOut = 2
    case badArgument = 3
    case badOption = 4
    case notFound = 5
    case unsupported = 6
    case wrongState = 7
    case outOfMemory = 8
    case limit = 9
    case unavailable = 10
    case io = 11
    case corrupt = 12
    case denied = 13
    case `internal` = 14
  }

  /// What kind of failure.
  public var code: Code
  /// What failed, with which value, and what to do.
  public var message: String

  /// A failure with a sentence for the user.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The sentence.
  public var description: String { message }
}

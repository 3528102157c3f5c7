internal import CPolya

/// The reason why a call, or one row of it, failed. The host receives it as a status and a message.
public struct Failure: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, by which the host decides whether to retry.
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

  /// The kind of failure.
  public var code: Code
  /// What failed, with which value, and what to do about it.
  public var message: String

  /// Creates a failure with a message for the user.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

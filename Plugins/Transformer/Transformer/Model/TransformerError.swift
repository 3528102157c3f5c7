/// Why the engine refused or failed: what, with which value, and the cure.
public struct TransformerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure, for callers that act on it.
  public enum Kind: Sendable {
    case badArgument, badOption, unsupported, limit, corrupt, io, cancelled, outOfMemory, wrongState
  }

  /// What kind of failure.
  public var kind: Kind
  /// The sentence for the user.
  public var message: String

  /// A failure with a sentence for the user.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The sentence.
  public var description: String { message }
}

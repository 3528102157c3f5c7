/// Why the engine refused or failed: what, with which value, and the hint.
package struct TransformerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure, for callers that act on it.
  package enum Kind: Sendable {
    case badArgument, badOption, unsupported, limit, corrupt, io, cancelled, outOfMemory, wrongState
  }

  /// What kind of failure.
  package var kind: Kind
  /// The sentence for the user.
  package var message: String

  /// A failure with a sentence for the user.
  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The sentence.
  package var description: String { message }
}

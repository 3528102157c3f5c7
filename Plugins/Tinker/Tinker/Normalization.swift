/// What a server divides the gradient of `importance_sampling` by, before the optimizer sees it. The protocol does not
/// say, and servers differ.
struct Normalization: Equatable, Sendable, CustomStringConvertible {
  /// A divisor that all sequences of a request share.
  enum Batch: String, CaseIterable, Sendable {
    case nothing = "nothing"
    case sequences = "the number of sequences"
    case tokens = "the number of tokens"
  }

  var batch: Batch
  /// Whether each sequence is divided by its own number of tokens, too.
  var byLength: Bool
  /// Whether the server clips the norm of gradients.
  var clips: Bool

  var description: String {
    let by = [batch == .nothing ? nil : batch.rawValue, byLength ? "the length of each sequence" : nil]
      .compactMap(\.self)
    return "divides gradients by \(by.isEmpty ? "nothing" : by.joined(separator: " and ")), "
      + (clips ? "clips their norm" : "does not clip their norm")
  }

  /// What undoes the division for a sequence with so many targets.
  func factor(length: Int, sequences: Int, tokens: Int) -> Float {
    let shared =
      switch batch {
      case .nothing: 1
      case .sequences: sequences
      case .tokens: tokens
      }
    return Float(shared) * (byLength ? Float(length) : 1)
  }
}

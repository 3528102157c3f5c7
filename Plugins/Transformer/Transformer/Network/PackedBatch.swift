/// A sequence whose tail is to be scored.
public struct ScoredSequence: Sendable {
  /// The whole sequence.
  public var tokens: [Int32]
  /// Scores `tokens[from...]`; at least 1.
  public var from: Int
  /// Divides the logits; 0 counts as 1.
  public var temperature: Double

  /// A sequence whose `tokens[from...]` are to be scored.
  public init(tokens: [Int32], from: Int, temperature: Double = 1) {
    self.tokens = tokens
    self.from = from
    self.temperature = temperature
  }
}

/// Sequences laid end to end without padding, cut into chunks that are computed by one thread each.
///
/// The cuts depend on the sequences only, so that sums over chunks have one order.
struct PackedBatch {
  struct Sequence { let start, count, from, firstScore: Int; let scale: Float }
  struct Chunk { let sequences, tokens, scores: Range<Int> }

  /// Where a score comes from: the hidden state of `row` predicts `target`.
  struct Score { let row: Int; let target: Int32; let scale: Float }

  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int32] = []
  private(set) var sequences: [Sequence] = []
  private(set) var scores: [Score] = []
  private(set) var chunks: [Chunk] = []
  var longest: Int { sequences.reduce(1) { max($0, $1.count) } }
  var largestChunk: Int { chunks.reduce(1) { max($0, $1.tokens.count) } }

  /// Tokens of a chunk, unless one sequence is longer: few enough that its activations stay in the second-level cache,
  /// and that there are chunks for several threads; enough to use each weight well.
  private var chunkTokens: Int { min(256, max(64, tokens.count / 24)) }

  init(_ input: [ScoredSequence], shape: Shape) throws {
    for (index, sequence) in input.enumerated() {
      try Self.check(sequence, index, shape)
      // The last token predicts nothing that is scored.
      let count = sequence.tokens.count - 1
      let scale = Float(1 / (sequence.temperature == 0 ? 1 : sequence.temperature))
      sequences.append(
        Sequence(
          start: tokens.count, count: count, from: sequence.from, firstScore: scores.count, scale: scale))
      for target in sequence.from..<sequence.tokens.count {
        scores.append(Score(row: tokens.count + target - 1, target: sequence.tokens[target], scale: scale))
      }
      tokens.append(contentsOf: sequence.tokens.dropLast())
      positions.append(contentsOf: 0..<Int32(count))
    }
    cut()
  }

  /// One sequence with nothing to score: a prompt.
  init(prompt: [Int32]) {
    tokens = prompt
    positions = Array(0..<Int32(prompt.count))
    sequences = [Sequence(start: 0, count: prompt.count, from: prompt.count, firstScore: 0, scale: 1)]
    chunks = [Chunk(sequences: 0..<1, tokens: 0..<prompt.count, scores: 0..<0)]
  }

  private mutating func cut() {
    let chunkTokens = chunkTokens
    var first = 0
    while first < sequences.count {
      var end = first + 1
      let start = sequences[first].start
      while end < sequences.count, sequences[end].start + sequences[end].count - start <= chunkTokens {
        end += 1
      }
      let lastToken = sequences[end - 1].start + sequences[end - 1].count
      let lastScore = end < sequences.count ? sequences[end].firstScore : scores.count
      chunks.append(
        Chunk(
          sequences: first..<end, tokens: start..<lastToken, scores: sequences[first].firstScore..<lastScore))
      first = end
    }
  }

  private static func check(_ sequence: ScoredSequence, _ index: Int, _ shape: Shape) throws {
    let count = sequence.tokens.count
    guard sequence.from >= 1, sequence.from <= count else {
      throw TransformerError(
        .badArgument,
        "sequence \(index) is scored from token \(sequence.from) of \(count); give at least 1 and at most the length"
      )
    }
    guard count <= shape.context else {
      throw TransformerError(
        .limit, "sequence \(index) has \(count) tokens; the context length is \(shape.context)")
    }
    guard sequence.temperature.isFinite, sequence.temperature >= 0 else {
      throw TransformerError(.badArgument, "sequence \(index) has temperature \(sequence.temperature)")
    }
    if let bad = sequence.tokens.first(where: { $0 < 0 || Int($0) >= shape.vocabulary }) {
      throw TransformerError(
        .badArgument, "sequence \(index) has token id \(bad); the vocabulary has \(shape.vocabulary) entries")
    }
  }
}

internal import TransformerFiles

/// A sequence whose tail is to be scored.
package struct ScoredSequence: Sendable {
  /// The whole sequence.
  package var tokens: [Int32]
  /// Scores `tokens[from...]`; at least 1.
  package var from: Int
  /// Divides the logits; 0 counts as 1.
  package var temperature: Double
  /// The tokens among which each scored one is; empty for all.
  package var mask: TokenMask

  /// A sequence whose `tokens[from...]` are to be scored.
  package init(tokens: [Int32], from: Int, temperature: Double = 1, mask: TokenMask = TokenMask()) {
    self.mask = mask
    self.tokens = tokens
    self.from = from
    self.temperature = temperature
  }
}

/// Sequences laid end to end without padding, cut into chunks that are computed by one thread each.
///
/// Neighbors that begin with the same prompt share it: it is computed once, as a trunk that they branch off, and its
/// gradient is that of all of them. The cuts depend on the sequences only, so that sums over chunks have one order.
struct PackedBatch {
  /// Rows of one sequence, or of what it has beyond its trunk.
  struct Sequence { let rows: Range<Int>; let trunk: Range<Int> }
  struct Chunk { let sequences, tokens, scores: Range<Int> }

  /// Where a score comes from: the hidden state of `row` predicts `target`.
  /// `mask`: the ids in ``maskIDs`` among which it is; empty for all.
  struct Score { let row: Int; let target: Int32; let scale: Float; let mask: Range<Int> }

  /// Rows of a chunk that a sequence attends to: those of its trunk, then its own.
  struct Span {
    let before, own: Range<Int>
    var count: Int { before.count + own.count }
  }

  private(set) var tokens: [Int32] = []
  private(set) var positions: [Int32] = []
  private(set) var sequences: [Sequence] = []
  private(set) var scores: [Score] = []
  private(set) var chunks: [Chunk] = []
  /// Scores of each input sequence.
  private(set) var inputs: [Range<Int>] = []
  private(set) var longest = 1
  private(set) var maskIDs: [Int32] = []
  var largestChunk: Int { chunks.reduce(1) { max($0, $1.tokens.count) } }

  /// Prompts below this length are not worth a trunk.
  private static let shortestTrunk = 8

  init(_ input: [ScoredSequence], shape: Shape) throws {
    for (index, sequence) in input.enumerated() { try Self.check(sequence, index, shape) }
    // Few enough tokens that a chunk's activations stay in the second-level cache, and that there are chunks for
    // several threads; enough to use each weight well.
    let room = min(256, max(64, input.reduce(0) { $0 + $1.tokens.count - 1 } / 24))
    var first = 0
    while first < input.count {
      let prompt = input[first].tokens[..<max(0, input[first].from - 1)]
      var end = first + 1
      while end < input.count, Self.shares(prompt, input[first]), Self.shares(prompt, input[end]) { end += 1 }
      let group = input[first..<end]
      if group.count == 1 {
        append(group, trunk: [], room: room)
      } else {
        // A long trunk is worth a long chunk.
        let branches = max(room, min(1024, 8 * prompt.count))
        for part in Self.parts(group, trunk: prompt.count, room: branches) {
          append(part, trunk: part.count > 1 ? prompt : [], room: room)
        }
      }
      first = end
    }
  }

  /// One sequence with nothing to score: a prompt, or what it has after `shared` tokens.
  init(prompt: [Int32], after shared: Int) {
    tokens = Array(prompt[shared...])
    positions = Array(Int32(shared)..<Int32(prompt.count))
    sequences = [Sequence(rows: 0..<tokens.count, trunk: 0..<0)]
    chunks = [Chunk(sequences: 0..<1, tokens: 0..<tokens.count, scores: 0..<0)]
    longest = prompt.count
  }

  func span(_ sequence: Int, in chunk: Chunk) -> Span {
    let start = chunk.tokens.lowerBound
    let (rows, trunk) = (sequences[sequence].rows, sequences[sequence].trunk)
    return Span(
      before: trunk.isEmpty ? 0..<0 : trunk.lowerBound - start..<trunk.upperBound - start,
      own: rows.lowerBound - start..<rows.upperBound - start)
  }

  /// Whether a sequence goes on from a prompt; its last prompt token, whose output is scored, is its own.
  private static func shares(_ prompt: ArraySlice<Int32>, _ sequence: ScoredSequence) -> Bool {
    prompt.count >= shortestTrunk && sequence.from == prompt.count + 1
      && sequence.tokens.count > sequence.from && sequence.tokens.starts(with: prompt)
  }

  private static func parts(
    _ group: ArraySlice<ScoredSequence>, trunk: Int, room: Int
  ) -> [ArraySlice<ScoredSequence>] {
    var parts: [ArraySlice<ScoredSequence>] = []
    var first = group.startIndex
    while first < group.endIndex {
      var end = first + 1
      var size = group[first].tokens.count - 1
      while end < group.endIndex, size + group[end].tokens.count - 1 - trunk <= room {
        size += group[end].tokens.count - 1 - trunk
        end += 1
      }
      parts.append(group[first..<end])
      first = end
    }
    return parts
  }

  /// Adds sequences that stay in one chunk: to the last one where there is room, or to a new one.
  private mutating func append(_ group: ArraySlice<ScoredSequence>, trunk: ArraySlice<Int32>, room: Int) {
    let (firstToken, firstSequence, firstScore) = (tokens.count, sequences.count, scores.count)
    let shared = firstToken..<firstToken + trunk.count
    if !trunk.isEmpty { append(trunk, position: 0, trunk: 0..<0) }
    for sequence in group {
      // The last token predicts nothing that is scored.
      let row = append(
        sequence.tokens[trunk.count..<sequence.tokens.count - 1], position: trunk.count, trunk: shared)
      let scale = Float(1 / (sequence.temperature == 0 ? 1 : sequence.temperature))
      let first = scores.count
      let firstID = maskIDs.count
      maskIDs += sequence.mask.ids
      for target in sequence.from..<sequence.tokens.count {
        let place = target - sequence.from
        let ends = sequence.mask.ends
        let mask =
          ends.isEmpty
          ? 0..<0 : firstID + (place == 0 ? 0 : Int(ends[place - 1]))..<firstID + Int(ends[place])
        scores.append(
          Score(
            row: row + target - 1 - trunk.count, target: sequence.tokens[target], scale: scale, mask: mask))
      }
      inputs.append(first..<scores.count)
      longest = max(longest, sequence.tokens.count - 1)
    }
    if let last = chunks.last, tokens.count - last.tokens.lowerBound <= room {
      chunks[chunks.count - 1] = Chunk(
        sequences: last.sequences.lowerBound..<sequences.count, tokens: last.tokens.lowerBound..<tokens.count,
        scores: last.scores.lowerBound..<scores.count)
    } else {
      chunks.append(
        Chunk(
          sequences: firstSequence..<sequences.count, tokens: firstToken..<tokens.count,
          scores: firstScore..<scores.count))
    }
  }

  /// The row of its first token.
  @discardableResult
  private mutating func append(_ part: ArraySlice<Int32>, position: Int, trunk: Range<Int>) -> Int {
    let row = tokens.count
    tokens.append(contentsOf: part)
    positions.append(contentsOf: Int32(position)..<Int32(position + part.count))
    sequences.append(Sequence(rows: row..<tokens.count, trunk: trunk))
    return row
  }

  private static func check(_ mask: TokenMask, of count: Int, _ index: Int) throws {
    let starts = [0] + mask.ends.dropLast()
    guard
      mask.ends.isEmpty && mask.ids.isEmpty
        || mask.ends.count == count && zip(starts, mask.ends).allSatisfy({ $0 < $1 })
          && Int(mask.ends.last ?? 0) == mask.ids.count
    else {
      throw TransformerError(
        .badArgument,
        "sequence \(index) has a mask of \(mask.ends.count) positions and \(mask.ids.count) ids for \(count) scored tokens"
      )
    }
  }

  private static func check(_ sequence: ScoredSequence, _ index: Int, _ shape: Shape) throws {
    let count = sequence.tokens.count
    guard sequence.from >= 1, sequence.from <= count else {
      throw TransformerError(
        .badArgument,
        "sequence \(index) is scored from token \(sequence.from) of \(count); give at least 1 and at most \(count)"
      )
    }
    guard count <= shape.context else {
      throw TransformerError(
        .limit, "sequence \(index) has \(count) tokens, but the context length is \(shape.context)")
    }
    guard sequence.temperature.isFinite, sequence.temperature >= 0 else {
      throw TransformerError(
        .badArgument, "sequence \(index) has temperature \(sequence.temperature); give 0 or more")
    }
    try check(sequence.mask, of: count - sequence.from, index)
    if let bad = (sequence.tokens + sequence.mask.ids).first(where: {
      $0 < 0 || Int($0) >= shape.vocabulary
    }) {
      throw TransformerError(
        .badArgument,
        "sequence \(index) has token id \(bad), but the vocabulary has \(shape.vocabulary) entries")
    }
  }
}

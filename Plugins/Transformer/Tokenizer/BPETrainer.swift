internal import TransformerFiles

/// Learns a byte-level BPE vocabulary from texts: always the same from the same texts in any order.
///
/// The most frequent pair is merged, among equals the one with the smallest ids (Sennrich et al. 2016,
/// arXiv:1508.07909, with the tie rule of Hugging Face tokenizers).
package struct BPETrainer {
  private let vocabularySize: Int
  private let specials: [String]
  private let individualDigits: Bool

  /// - Parameters:
  ///   - vocabularySize: number of ids, with the specials and the 256 bytes.
  ///   - specials: get the first ids.
  ///   - individualDigits: whether each digit is a token of its own.
  package init(vocabularySize: Int, specials: [String] = ["<eos>", "<pad>"], individualDigits: Bool = true)
    throws
  {
    guard vocabularySize >= specials.count + 256 else {
      throw TransformerError(
        .badOption,
        "a vocabulary of \(vocabularySize) has no room for 256 bytes and \(specials.count) special tokens; give a larger one"
      )
    }
    self.vocabularySize = vocabularySize
    self.specials = specials
    self.individualDigits = individualDigits
  }

  /// The text of a `tokenizer.json`; fewer ids than asked for when the texts have no more pairs.
  package func train(_ texts: some Sequence<String>) -> String {
    var counts: [[UInt8]: Int] = [:]
    let preTokenizer = PreTokenizer(
      (individualDigits ? [.digits(individual: true)] : []) + [.split(TextSplit(.gpt2))])
    for text in texts {
      let bytes = Array(text.utf8)
      preTokenizer.forEachPiece(bytes, bytes.indices, isFirst: true) { text, piece in
        counts[Array(text[piece]), default: 0] += 1
      }
    }
    // Sorted, so that dictionary order has no influence.
    let words = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var learner = PairLearner(words, firstByte: specials.count)
    while specials.count + 256 + learner.merges.count < vocabularySize, learner.mergeBest() {}
    return TokenizerWriter.json(
      specials: specials,
      merges: learner.merges.map { (learner.bytes(of: $0.left), learner.bytes(of: $0.right)) },
      individualDigits: individualDigits)
  }
}

/// Words as ids, and how often each pair of neighbors occurs in them.
private struct PairLearner {
  struct Pair: Hashable { let left, right: Int }

  private var words: [(ids: [Int], count: Int)]
  private var counts: [Pair: Int] = [:]
  /// Words that have, or had, a pair.
  private var places: [Pair: Set<Int>] = [:]
  private var pieces: [[UInt8]]
  private let first: Int
  private(set) var merges: [Pair] = []

  init(_ words: [(key: [UInt8], value: Int)], firstByte: Int) {
    first = firstByte
    let order = ByteAlphabet.scalars.indices.sorted { ByteAlphabet.scalars[$0] < ByteAlphabet.scalars[$1] }
    pieces = order.map { [UInt8($0)] }
    var ids = [Int](repeating: 0, count: 256)
    for (index, byte) in order.enumerated() { ids[byte] = firstByte + index }
    self.words = words.map { ($0.key.map { ids[Int($0)] }, $0.value) }
    for index in self.words.indices { count(index, 1) }
  }

  func bytes(of id: Int) -> [UInt8] { pieces[id - first] }

  private mutating func count(_ word: Int, _ sign: Int) {
    let (ids, times) = words[word]
    for (left, right) in zip(ids, ids.dropFirst()) {
      let pair = Pair(left: left, right: right)
      counts[pair, default: 0] += sign * times
      if sign > 0 { places[pair, default: []].insert(word) }
    }
  }

  /// False when no pair is left.
  mutating func mergeBest() -> Bool {
    var best: (pair: Pair, count: Int)?
    for (pair, count) in counts where count > 0 {
      guard let current = best else {
        best = (pair, count)
        continue
      }
      if count > current.count
        || (count == current.count && (pair.left, pair.right) < (current.pair.left, current.pair.right))
      {
        best = (pair, count)
      }
    }
    guard let pair = best?.pair else { return false }
    let id = first + pieces.count
    pieces.append(bytes(of: pair.left) + bytes(of: pair.right))
    merges.append(pair)
    for word in places[pair] ?? [] {
      count(word, -1)
      merge(pair, id, word)
      count(word, 1)
    }
    counts[pair] = nil
    places[pair] = nil
    return true
  }

  private mutating func merge(_ pair: Pair, _ id: Int, _ word: Int) {
    let old = words[word].ids
    var new: [Int] = []
    var at = 0
    while at < old.count {
      if at + 1 < old.count, old[at] == pair.left, old[at + 1] == pair.right {
        new.append(id)
        at += 2
      } else {
        new.append(old[at])
        at += 1
      }
    }
    words[word].ids = new
  }
}

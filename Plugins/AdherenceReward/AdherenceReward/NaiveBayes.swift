internal import Glibc

/// Multinomial naive Bayes over words and pairs of neighboring words, all labels being as likely before the text is
/// seen. Numbers count as one word, so that it is the form of an answer that decides and not its quantities.
struct NaiveBayes {
  /// In the order of their names.
  let labels: [String]
  private var counts: [[UInt64: Int]]
  private var totals: [Int]
  /// Different features in all examples.
  private let vocabulary: Int
  /// Added to every count (Lidstone), so that an unseen word forbids nothing.
  private static let smoothing = 0.1

  /// - Parameter examples: labels and texts.
  init(_ examples: [(label: String, text: String)]) {
    labels = Set(examples.map(\.label)).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    counts = labels.map { _ in [:] }
    totals = labels.map { _ in 0 }
    var all: Set<UInt64> = []
    for example in examples {
      guard let place = places[example.label] else { continue }
      let features = Self.features(of: example.text)
      for feature in features { counts[place][feature, default: 0] += 1 }
      totals[place] += features.count
      all.formUnion(features)
    }
    vocabulary = all.count
  }

  /// The probability of a label given a text, 0...1; nil for one that no example has.
  func probability(of label: String, given text: String) -> Double? {
    guard let place = labels.firstIndex(of: label) else { return nil }
    let scores = logScores(text)
    return 1 / scores.reduce(0) { $0 + exp($1 - scores[place]) }
  }

  /// Log-likelihoods of a text under each label.
  private func logScores(_ text: String) -> [Double] {
    let features = Self.features(of: text)
    return labels.indices.map { place in
      let all = log(Double(totals[place]) + Self.smoothing * Double(vocabulary + 1))
      return features.reduce(0) {
        $0 + log(Double(counts[place][$1] ?? 0) + Self.smoothing) - all
      }
    }
  }

  /// Hashes (FNV-1a) of the words and of their pairs, with a border at both ends.
  static func features(of text: String) -> [UInt64] {
    let words = words(of: text)
    let bordered = [0] + words + [0]
    return words + zip(bordered, bordered.dropFirst()).map { ($0 ^ 0x9E37_79B9_7F4A_7C15) &* prime ^ $1 }
  }

  /// Runs of letters without case, runs of digits as one and the same word, every other visible sign.
  private static func words(of text: String) -> [UInt64] {
    var words: [UInt64] = []
    var hash = basis
    var wasDigit = false
    for byte in text.utf8 {
      let isDigit = byte &- 0x30 < 10
      let isLetter = (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
      if isLetter {
        hash = (hash ^ UInt64(byte >= 0x80 ? byte : byte | 0x20)) &* prime
      } else {
        if hash != basis { words.append(hash) }
        hash = basis
        if isDigit, !wasDigit { words.append(1) }
        if !isDigit, byte > 0x20 { words.append((basis ^ UInt64(byte)) &* prime) }
      }
      wasDigit = isDigit
    }
    if hash != basis { words.append(hash) }
    return words
  }

  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3
}

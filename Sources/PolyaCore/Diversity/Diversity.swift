internal import Glibc

/// Measures of how different texts are from each other. Words are those of ``Shingles``.
package enum Diversity {
  /// Returns the Vendi score, the effective number of different texts (Friedman and Dieng 2023,
  /// arXiv:2210.02410): the exponential of the entropy of the eigenvalues of K / n, where K holds the cosines
  /// between the texts' word and word-pair counts.
  ///
  /// - Returns: A value from 1, when all texts are alike, to the number of texts, when no two share a word; 0
  ///   if there are no texts.
  package static func vendiScore(_ texts: [String]) -> Double {
    let vectors = texts.map { counts(of: $0) }
    return vendiScore(kernel: vectors.map { a in vectors.map { cosine(a, $0) } })
  }

  /// Returns the Vendi score of vectors, such as a model's embeddings.
  package static func vendiScore(_ vectors: [[Float]]) -> Double {
    let lengths = vectors.map { sqrt($0.reduce(0) { $0 + Double($1) * Double($1) }) }
    return vendiScore(
      kernel: vectors.indices.map { i in
        vectors.indices.map { j in
          let dot = zip(vectors[i], vectors[j]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          return i == j ? 1 : dot / max(lengths[i] * lengths[j], 1e-300)
        }
      })
  }

  /// Returns the Vendi score of a similarity matrix.
  ///
  /// - Parameter kernel: A matrix with ones on the diagonal.
  static func vendiScore(kernel: [[Double]]) -> Double {
    guard !kernel.isEmpty else { return 0 }
    let n = Double(kernel.count)
    let shares = SymmetricEigenvalues.of(kernel).map { max(0, $0 / n) }
    return exp(-shares.reduce(0) { $0 + ($1 > 1e-15 ? $1 * log($1) : 0) })
  }

  /// Returns the number of distinct n-grams divided by the number of all n-grams in the texts (Li et al.
  /// 2016, arXiv:1510.03055), or 0 if there are none.
  package static func distinct(_ n: Int, _ texts: [String]) -> Double {
    var all = 0
    var different: Set<[UInt64]> = []
    for text in texts {
      for gram in grams(n, Words.hashes(of: text)) {
        all += 1
        different.insert(Array(gram))
      }
    }
    return all == 0 ? 0 : Double(different.count) / Double(all)
  }

  /// Returns the mean BLEU-4 of each text against the others (Zhu et al. 2018, arXiv:1802.01886), which is 1
  /// for copies. A precision without a match counts as 1 / (2 × its number of n-grams) (Chen and Cherry 2014,
  /// method 1 with an epsilon of one half).
  ///
  /// - Returns: nil for fewer than two texts.
  package static func selfBLEU(_ texts: [String]) -> Double? {
    guard texts.count > 1 else { return nil }
    let words = texts.map { Words.hashes(of: $0) }
    let scores = words.indices.map { index in
      bleu(words[index], against: words.indices.filter { $0 != index }.map { words[$0] })
    }
    return scores.reduce(0, +) / Double(scores.count)
  }

  private static func bleu(_ text: [UInt64], against others: [[UInt64]]) -> Double {
    guard !text.isEmpty else { return 0 }
    var sum = 0.0
    var orders = 0
    for n in 1...4 where text.count >= n {
      let mine = counted(grams(n, text))
      var most: [[UInt64]: Int] = [:]
      for other in others {
        for (gram, count) in counted(grams(n, other)) where mine[gram] != nil {
          most[gram] = max(most[gram] ?? 0, count)
        }
      }
      let matches = mine.reduce(0) { $0 + min($1.value, most[$1.key] ?? 0) }
      let all = text.count - n + 1
      sum += log((matches == 0 ? 0.5 : Double(matches)) / Double(all))
      orders += 1
    }
    // The length of the closest reference; of two equally close ones, the shorter.
    let closest =
      others.map(\.count).min { a, b in
        let (x, y) = (abs(a - text.count), abs(b - text.count))
        return x == y ? a < b : x < y
      } ?? 0
    let brevity = text.count >= closest ? 1 : exp(1 - Double(closest) / Double(text.count))
    return brevity * exp(sum / Double(orders))
  }

  private static func grams(_ n: Int, _ words: [UInt64]) -> [ArraySlice<UInt64>] {
    words.count < n ? [] : (0...words.count - n).map { words[$0..<$0 + n] }
  }

  private static func counted(_ grams: [ArraySlice<UInt64>]) -> [[UInt64]: Int] {
    grams.reduce(into: [:]) { $0[Array($1), default: 0] += 1 }
  }

  /// Counts words and word pairs in 4,096 hash buckets.
  private static func counts(of text: String) -> [Int: Double] {
    let words = Words.hashes(of: text)
    var counts: [Int: Double] = [:]
    for word in words { counts[Int(word & 4095), default: 0] += 1 }
    for (a, b) in zip(words, words.dropFirst()) {
      counts[Int((a &* 31 ^ b) >> 7 & 4095), default: 0] += 1
    }
    return counts
  }

  /// Sums in bucket order so that every run produces the same bits.
  private static func cosine(_ a: [Int: Double], _ b: [Int: Double]) -> Double {
    if a == b { return 1 }
    func length(_ x: [Int: Double]) -> Double { sqrt(x.values.sorted().reduce(0) { $0 + $1 * $1 }) }
    let dot = a.keys.sorted().reduce(0) { $0 + (a[$1] ?? 0) * (b[$1] ?? 0) }
    return dot / max(length(a) * length(b), 1e-300)
  }
}

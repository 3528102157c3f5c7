internal import PolyaCore

/// Finds texts that are nearly the same as an earlier one (Broder 1997). Bands of MinHash signatures select
/// pairs; the exact Jaccard similarity of their word triples decides.
///
/// Two texts of similarity s share a band with probability 1 - (1 - s^4)^16, which is 0.9998 at 0.8 and 0.06
/// at 0.25.
package struct NearDuplicates {
  /// The relation of a text to the earlier ones.
  package enum Verdict: Equatable, Sendable {
    case new
    /// It has the same words as the text with this number.
    case exact(Int)
    /// It is similar to the text with this number.
    case near(Int)
  }

  private let threshold: Double
  private var kept: [(number: Int, shingles: Shingles)] = []
  /// Indices in `kept`, by band and band hash.
  private var bands: [UInt64: [Int]] = [:]
  private var count = 0

  private static let (bandCount, rows) = (16, 4)
  /// Odd multipliers of the hash functions, fixed so that every run finds the same duplicates.
  private static let multipliers: [UInt64] = (0..<64).map { index in
    var z = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return (z ^ z >> 31) | 1
  }

  /// Creates an empty set of texts.
  ///
  /// - Parameter threshold: The similarity, in (0, 1], from which a text is a duplicate.
  package init(threshold: Double) { self.threshold = threshold }

  /// Compares a text with the earlier ones that were new. Texts are numbered from 0 in the order in which
  /// they are inserted.
  package mutating func insert(_ text: String) -> Verdict {
    defer { count += 1 }
    let shingles = Shingles(text)
    let keys = Self.bandKeys(shingles)
    var tried: Set<Int> = []
    for key in keys {
      for place in bands[key] ?? [] where tried.insert(place).inserted {
        let similarity = kept[place].shingles.jaccard(shingles)
        if similarity == 1 { return .exact(kept[place].number) }
        if similarity >= threshold { return .near(kept[place].number) }
      }
    }
    kept.append((count, shingles))
    for key in keys { bands[key, default: []].append(kept.count - 1) }
    return .new
  }

  private static func bandKeys(_ shingles: Shingles) -> [UInt64] {
    (0..<bandCount).map { band in
      var key = UInt64(band) &* 0x9E37_79B9_7F4A_7C15
      for row in 0..<rows {
        let multiplier = multipliers[band * rows + row]
        var least = UInt64.max
        for hash in shingles.hashes { least = min(least, (UInt64(hash) ^ multiplier >> 17) &* multiplier) }
        key = (key ^ least) &* 0xBF58_476D_1CE4_E5B9 ^ key >> 31
      }
      return key
    }
  }
}

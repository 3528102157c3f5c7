import Foundation
import PolyaBootstrap
import Testing

@testable import PolyaBootstrap

/// Closed forms, and values of an independent implementation in Python (NumPy's eigvalsh, counts by collections.Counter).
struct DiversityTests {
  private let texts = [
    "the cat sat on the mat", "the cat sat on a mat today", "a dog ran in the park",
    "the cat sat on the mat today again",
  ]

  private func isNear(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    abs((a ?? .nan) - b) < tolerance
  }

  @Test func eigenvaluesAreThoseOfNumPy() {
    let matrix = [
      [0.002, 0.359, -0.169, -2.792, -0.298, -2.522], [0.359, 2.68, -1.422, -1.91, 0.303, -0.121],
      [-0.169, -1.422, -0.058, -1.147, -3.861, -1.437], [-2.792, -1.91, -1.147, -0.47, -1.806, -0.538],
      [-0.298, 0.303, -3.861, -1.806, -0.098, 1.174], [-2.522, -0.121, -1.437, -0.538, 1.174, -1.616],
    ]
    let expected = [
      -6.127065652561331, -3.522383936264096, -0.5800549299106996, 1.2845906754437444, 4.041906751947265,
      5.343007091345118,
    ]
    for (a, b) in zip(SymmetricEigenvalues.of(matrix), expected) { #expect(isNear(a, b)) }
  }

  @Test func vendiCountsWhatDiffers() {
    #expect(isNear(Diversity.vendiScore(Array(repeating: "one two three", count: 7)), 1))
    #expect(isNear(Diversity.vendiScore(["alpha beta", "gamma delta", "epsilon zeta", "eta theta"]), 4))
    #expect(isNear(Diversity.vendiScore(["a b", "a b", "c d", "c d"]), 2))
    #expect(Diversity.vendiScore([String]()) == 0)
    // Collisions of hashed counts may move the third digit.
    #expect(isNear(Diversity.vendiScore(texts), 2.5545285269873896, 1e-3))
    let vectors: [[Float]] = [
      [-0.033, 0.884, -0.584], [-0.112, 0.11, 0.064], [-1.225, 0.076, 1.359], [-1.547, 0.859, 0.119],
      [-0.641, 2.0, 0.762],
    ]
    #expect(isNear(Diversity.vendiScore(vectors), 2.1838801484328085, 1e-5))
  }

  @Test func distinctAndSelfBLEU() {
    #expect(isNear(Diversity.distinct(2, texts), 0.6086956521739131))
    #expect(Diversity.distinct(2, ["one"]) == 0)
    #expect(isNear(Diversity.selfBLEU(texts), 0.6026373775961124))
    #expect(isNear(Diversity.selfBLEU(["a b c d e", "a b c d e"]), 1))
    #expect(Diversity.selfBLEU(["a"]) == nil)
  }
}

struct NearDuplicatesTests {
  @Test func copiesAreFoundWhateverTheirCaseAndSpaces() {
    var known = NearDuplicates(threshold: 0.8)
    #expect(known.insert("Three and 4 make 7.\n#### 7") == .new)
    #expect(known.insert("three and 4 make  7. #### 7") == .exact(0))
    #expect(known.insert("Three and 5 make 8.\n#### 8") == .new)
    #expect(known.insert("") == .new && known.insert(" \n") == .exact(3))
  }

  /// Texts of 60 words of which some are replaced: what brute force finds over all pairs is what is found.
  @Test(arguments: [0.5, 0.8]) func agreesWithBruteForce(_ threshold: Double) {
    var state: UInt64 = 5
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let base = (0..<20).map { text in (0..<60).map { "w\(text)x\($0)" } }
    let texts = (0..<400).map { _ -> String in
      var words = base[random(20)]
      for _ in 0..<random(4) { words[random(60)] = "z\(random(1000))" }
      return words.joined(separator: " ")
    }
    var known = NearDuplicates(threshold: threshold)
    var kept: [Shingles] = []
    var (missed, found) = (0, 0)
    for text in texts {
      let shingles = Shingles(text)
      let isNear = kept.contains { $0.jaccard(shingles) >= threshold }
      let verdict = known.insert(text)
      if verdict == .new { kept.append(shingles) }
      if isNear, verdict == .new { missed += 1 }
      if isNear, verdict != .new { found += 1 }
      if !isNear { #expect(verdict == .new, "the exact similarity decides") }
    }
    // At the threshold a pair is missed with the probability (1 - s^4)^16: 0.36 at 0.5, 0.0002 at 0.8.
    #expect(found > 150 && missed <= (threshold == 0.5 ? 12 : 1), "\(missed) missed, \(found) found")
  }

  @Test func jaccardIsTheShareOfTriples() {
    // a b c d e: abc bcd cde; a b c d f: abc bcd cdf.
    #expect(Shingles("a b c d e").jaccard(Shingles("a b c d f")) == 0.5)
    #expect(Shingles("a b c").jaccard(Shingles("d e f")) == 0)
  }
}

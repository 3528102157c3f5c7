import PolyaBootstrap
import PolyaCore
import Testing

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

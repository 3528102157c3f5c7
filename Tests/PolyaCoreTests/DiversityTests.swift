import Testing

@testable import PolyaCore

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

import PolyaCore
import PolyaDialogue
import Testing

struct ApproachesTests {
  private let strategy = ScriptedStrategy(["a", "b", "c"]) { _ in .giveUp }

  private func counts(_ quotas: [String: Int], _ answers: Int, seed: UInt64) throws -> [String: Int] {
    let divided = try Approaches([strategy], quotas: quotas).divided(
      among: answers, random: Randomness(seed: seed))
    #expect(divided.count == answers)
    let names = divided.map(\.heuristic)
    #expect(names == names.sorted(), "the same ones stand side by side")
    return Dictionary(grouping: names) { $0 }.mapValues(\.count)
  }

  @Test func answersAreDividedEvenly() throws {
    #expect(try counts([:], 6, seed: 1) == ["a": 2, "b": 2, "c": 2])
    let one = try (0..<20).map { try counts([:], 4, seed: $0) }
    #expect(one.allSatisfy { $0.values.sorted() == [1, 1, 2] })
    #expect(Set(one.map { $0.first { $0.value == 2 }?.key }).count == 3, "which gets one more is drawn")
  }

  @Test func quotasComeFirst() throws {
    #expect(try counts(["b": 4], 6, seed: 1) == ["a": 1, "b": 4, "c": 1])
    #expect(try counts(["b": 4], 3, seed: 1) == ["b": 3])
    #expect(try counts(["a": 1, "b": 1, "c": 1], 6, seed: 1) == ["a": 2, "b": 2, "c": 2])
  }

  @Test func aQuotaOfNobodyIsRefused() {
    let error = #expect(throws: PolyaError.self) { try Approaches([strategy], quotas: ["bb": 1]) }
    #expect(error?.description == "quotas.bb: no strategy has the heuristic 'bb'; did you mean 'b'?")
  }
}

import Foundation
import PolyaCore
import Testing

@testable import PolyaTraining

/// What the methods do to reward and coverage, in a world whose pass@k is known exactly.
struct LearningTests {
  private static let seeds: [UInt64] = [1, 2, 3, 4, 5]
  /// The 95th percentile of Student's t with 4 degrees of freedom.
  private static let critical = 2.132

  /// The t statistic of the mean of some differences against 0.
  private func t(_ differences: [Double]) -> Double {
    differences.mean / (differences.deviation / Double(differences.count).squareRoot())
  }

  @Test(arguments: Preset.all.map(\.name)) func everyPresetRaisesTheReward(preset: String) throws {
    let start = StrategyWorld.pass(at: 1, StrategyWorld.model())
    let gains = try Self.seeds.map {
      StrategyWorld.pass(at: 1, try StrategyWorld.trained(["preset": .string(preset)], seed: $0)) - start
    }
    #expect(t(gains) > Self.critical && gains.mean > 0.2, "\(preset): \(gains)")
  }

  private func coverage(_ keys: JSON.Members) throws -> [Double] {
    try Self.seeds.map { StrategyWorld.pass(at: 64, try StrategyWorld.trained(keys, seed: $0)) }
  }

  /// Uniqueness is GRPO with one more key, and so is each of the others.
  private static let keepers: [(name: String, keys: JSON.Members)] = [
    ("MaxRL", ["preset": "maxrl"]), ("PKPO", ["preset": "pkpo", "advantage": ["kind": "pkpo", "k": 8]]),
    ("uniqueness", ["preset": "grpo", "kl-coefficient": 0, "weighting": ["rarity"]]),
  ]

  @Test func coverageIsKeptByTheMethodsThatAreMeantToAndLostByGRPO() throws {
    let start = StrategyWorld.pass(at: 64, StrategyWorld.model())
    let plain = try coverage(["preset": "grpo", "kl-coefficient": 0])
    #expect(t(plain.map { start - $0 }) > Self.critical, "GRPO: \(start), then \(plain)")
    for (name, keys) in Self.keepers {
      let kept = try coverage(keys)
      #expect(
        t(zip(kept, plain).map(-)) > Self.critical, "\(name): \(kept), GRPO: \(plain), before: \(start)")
    }
  }
}

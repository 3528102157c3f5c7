import PolyaCore
import PolyaTraining
import Testing

struct AdvantageTests {
  /// By hand: mean 0.5, sample deviation sqrt(4 * 0.25 / 3) = 0.57735.
  @Test func standardizedAdvantagesHaveTheTextbookValues() {
    let values = Advantage.standardized.values([1, 0, 0, 1]).compactMap { $0 }
    for (value, expected) in zip(values, [0.866024, -0.866024, -0.866024, 0.866024]) {
      #expect(abs(value - expected) < 1e-5)
    }
  }

  @Test func equalRewardsTeachNothing() {
    #expect(Advantage.standardized.values([1, 1, 1]) == [0, 0, 0])
    #expect(Advantage.centered.values([0.25]) == [0])
  }

  @Test func anUnscoredRolloutMovesNobody() {
    let with = Advantage.standardized.values([1, nil, 0, nil, 1])
    #expect(with.filter { $0 == nil }.count == 2)
    #expect(with.compactMap { $0 } == Advantage.standardized.values([1, 0, 1]).compactMap { $0 })
  }

  @Test func orderOfTheGroupDoesNotMatter() {
    let rewards: [Double?] = [0, 1, 0.5, 1, 0]
    let forward = Advantage.standardized.values(rewards)
    let backward = Array(Advantage.standardized.values(rewards.reversed()).reversed())
    for (a, b) in zip(forward, backward) { #expect(abs((a ?? 9) - (b ?? -9)) < 1e-12) }
  }
}

struct PolicyLossTests {
  /// Central differences of the loss itself.
  @Test(arguments: [1.3, -0.7], [-1.9, -1.0, -0.4, -0.05])
  func gradientIsTheDerivative(advantage: Double, logprob: Double) {
    for kl in [0.0, 0.3] { expectDerivative(advantage, logprob, kl) }
  }

  private func expectDerivative(_ advantage: Double, _ logprob: Double, _ kl: Double) {
    let loss = PolicyLoss(clipLow: 0.2, clipHigh: 0.28, klCoefficient: kl)
    func value(_ x: Double) -> PolicyLoss.Token {
      loss.token(logprob: x, sampled: -1, reference: kl > 0 ? -1.2 : nil, advantage: advantage, entropy: 0)
    }
    let h = 1e-6
    let numeric = (value(logprob + h).loss - value(logprob - h).loss) / (2 * h)
    #expect(abs(numeric - value(logprob).gradient) < 1e-6 * max(1, abs(numeric)))
  }

  @Test func clippingEndsTheGradientOnlyInTheDirectionOfTheAdvantage() {
    let loss = PolicyLoss(clipLow: 0.2, clipHigh: 0.2, klCoefficient: 0)
    #expect(loss.token(logprob: -0.5, sampled: -1, reference: nil, advantage: 1, entropy: 0).isClipped)
    #expect(!loss.token(logprob: -0.5, sampled: -1, reference: nil, advantage: -1, entropy: 0).isClipped)
    #expect(loss.token(logprob: -1.5, sampled: -1, reference: nil, advantage: -1, entropy: 0).gradient == 0)
  }
}

struct ScheduleTests {
  @Test func shapes() {
    let cosine = Schedule(peak: 2, shape: .cosine, warmup: 2)
    #expect(cosine.rate(0, of: 12) == 1)
    #expect(cosine.rate(1, of: 12) == 2)
    #expect(abs(cosine.rate(7, of: 12) - 1) < 1e-12)
    #expect(Schedule(peak: 3, shape: .constant, warmup: 0).rate(99, of: 100) == 3)
    #expect(abs(Schedule(peak: 1, shape: .linear, warmup: 0).rate(25, of: 100) - 0.75) < 1e-12)
  }

  /// The first step has a rate already, the first one after the warm-up the peak, and zero would come after the last.
  @Test(arguments: Schedule.Shape.allCases, [0, 1, 4]) func ends(shape: Schedule.Shape, warmup: Int) {
    let schedule = Schedule(peak: 3, shape: shape, warmup: warmup)
    #expect(schedule.rate(0, of: 20) == (warmup == 0 ? 3 : 3 / Double(warmup)))
    #expect(schedule.rate(warmup, of: 20) == 3)
    let rates = (warmup..<21).map { schedule.rate($0, of: 20) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { shape == .constant ? $0 == $1 : $0 > $1 })
    #expect(abs(rates[rates.count - 1] - (shape == .constant ? 3 : 0)) < 1e-12)
    #expect(rates[rates.count - 2] > 0)
  }

  @Test func aTrainingShorterThanItsWarmUpOnlyRises() {
    let schedule = Schedule(peak: 1, shape: .cosine, warmup: 10)
    #expect((0..<5).map { schedule.rate($0, of: 5) } == [0.1, 0.2, 0.3, 0.4, 0.5])
  }
}

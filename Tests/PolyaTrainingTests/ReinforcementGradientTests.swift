import Foundation
import PolyaCore
import PolyaTraining
import Testing

/// The gradient of a whole step, against numbers worked out by hand.
///
/// Tokens: 0 ends, a = 1, b = 2. The prompt is "a"; one group of two rollouts with the rewards 1 and 0, whose centred
/// advantages are 1/2 and -1/2.
struct ReinforcementGradientTests {
  private func training(_ loss: PolicyObjective) -> TinyReinforcement {
    var training = TinyReinforcement()
    training.questions = ["a"]
    training.settings.steps = 1
    training.settings.promptsPerStep = 1
    training.settings.groupSize = 2
    training.settings.credit.advantage = CenteredAdvantage()
    training.settings.objective = loss
    training.settings.clipNorm = 0
    training.settings.weightDecay = 0
    training.settings.schedule = Schedule(peak: 0.5, shape: .constant, warmup: 0)
    training.reward = RuleReward(each: { $0.hasPrefix("b") ? 1 : 0 })
    return training
  }

  private let plain = PolicyObjective()

  private func model(_ rollouts: [[Int32]], row: [Double] = [0, 0, 0]) -> BigramModel {
    let model = BigramModel(logits: [[0, 0, 0], row, [0, 0, 0]])
    model.script = { _, _ in rollouts }
    return model
  }

  private func expect(
    _ gradient: [[Double]], _ rows: [Int: [Double]], within tolerance: Double = 1e-7,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (index, row) in gradient.enumerated() {
      for (found, wanted) in zip(row, rows[index] ?? [0, 0, 0]) {
        #expect(
          abs(found - wanted) < tolerance, "row \(index): \(row), not \(rows[index] ?? [])",
          sourceLocation: sourceLocation)
      }
    }
  }

  /// Right: b, end. Wrong: end. Three tokens, so each counts a third; p = 1/3 everywhere.
  ///
  /// Row a: -1/6 (δb - p) + 1/6 (δend - p) = (1/6, 0, -1/6). Row b: -1/6 (δend - p) = (-1/9, 1/18, 1/18).
  /// Means per rollout, or per pass, would give other numbers.
  @Test(arguments: [1, 3, 100]) func theMeanIsOverAllTokensOfTheStep(tokensPerMicrobatch: Int) throws {
    var training = training(plain)
    training.settings.tokensPerMicrobatch = tokensPerMicrobatch
    let (model, observer) = (model([[2, 0], [0]]), RecordingObserver())
    _ = try training.run(model, observer: observer)
    expect(model.gradients[0], [1: [1.0 / 6, 0, -1.0 / 6], 2: [-1.0 / 9, 1.0 / 18, 1.0 / 18]])
    // The ratio is 1: the loss is minus the mean advantage per token.
    #expect(abs(try #require(observer[.loss, 0]) + 1.0 / 6) < 1e-7)
    #expect(abs(try #require(observer[.entropy, 0]) - log(3)) < 1e-6)
    let norm = (2.0 / 36 + 1.0 / 81 + 2.0 / 324).squareRoot()
    #expect(abs(try #require(observer[.gradientNorm, 0]) - norm) < 1e-7)
    #expect(observer[.clipFraction, 0] == 0 && observer[.kl, 0] == nil)
  }

  /// The first step of Adam moves each logit by the learning rate: row a is then (-1/2, 0, 1/2), the ratio of b
  /// 3 e^½ / Z = 1.52, that of end 3 e^-½ / Z = 0.56, with Z = e^-½ + 1 + e^½.
  @Test(
    arguments: [
      (low: 0.2, high: 0.2, right: false, wrong: false), (low: 1, high: 0.2, right: false, wrong: true),
      (low: 0.2, high: 10, right: true, wrong: false), (low: 1, high: 10, right: true, wrong: true),
    ])
  func clippedTokensAddNothing(low: Double, high: Double, right: Bool, wrong: Bool) throws {
    var training = training(PolicyObjective(clip: ClipRange(low: low, high: high)))
    training.settings.updatesPerRollout = 2
    let model = model([[2], [0]])
    _ = try training.run(model)
    expect(model.gradients[0], [1: [0.25, 0, -0.25]])
    let weights = [exp(-0.5), 1, exp(0.5)]
    let odds = weights.map { $0 / weights.reduce(0, +) }
    let row = odds.indices.map { index in
      (right ? -0.25 * 3 * odds[2] * ((index == 2 ? 1 : 0) - odds[index]) : 0)
        + (wrong ? 0.25 * 3 * odds[0] * ((index == 0 ? 1 : 0) - odds[index]) : 0)
    }
    expect(model.gradients[1], [1: row], within: 1e-6)
  }

  /// The reference gives (1/4, 1/4, 1/2) after a, the policy 1/3: the distances are ln 3/2 for b and ln 3/4 for end, so
  /// that the penalty's slopes are β (1 - 3/2) and β (1 - 3/4).
  @Test func thePenaltyPullsTowardsTheReference() throws {
    let beta = 0.6
    var training = training(PolicyObjective(kl: KLPenalty(coefficient: beta)))
    training.reference = BigramModel(logits: [[0, 0, 0], [0, 0, log(2)], [0, 0, 0]])
    let (model, observer) = (model([[2], [0]]), RecordingObserver())
    _ = try training.run(model, observer: observer)
    let (b, end) = ((-0.5 - beta / 2) / 2, (0.5 + beta / 4) / 2)
    let row = [0, 1, 2].map { index in
      b * ((index == 2 ? 1 : 0) - 1.0 / 3) + end * ((index == 0 ? 1 : 0) - 1.0 / 3)
    }
    expect(model.gradients[0], [1: row])
    let kl = ((1.5 - log(1.5) - 1) + (0.75 - log(0.75) - 1)) / 2
    #expect(abs(try #require(observer[.kl, 0]) - kl) < 1e-6)
    #expect(abs(try #require(observer[.loss, 0]) - beta * kl) < 1e-6)
  }

  /// After a the policy gives (1/4, 1/4, 1/2): H = 3/2 ln 2, dH/dz = -p (ln p + H) = ln 2 (1/8, 1/8, -1/4). Both tokens
  /// come after a, so that the mean over them has the same slope.
  @Test func theEntropyTermHasItsClosedForm() throws {
    let coefficient = 0.4
    var loss = plain
    loss.entropy.coefficient = coefficient
    let (model, observer) = (model([[2], [0]], row: [0, 0, log(2)]), RecordingObserver())
    _ = try training(loss).run(model, observer: observer)
    let policy = [0.25, 0, -0.25]
    let slope = [0.125, 0.125, -0.25].map { $0 * log(2) }
    expect(model.gradients[0], [1: zip(policy, slope).map { $0 - coefficient * $1 }])
    // The advantages cancel: what is left of the loss is the term.
    #expect(abs(try #require(observer[.loss, 0]) + coefficient * 1.5 * log(2)) < 1e-6)
    #expect(abs(try #require(observer[.entropy, 0]) - 1.5 * log(2)) < 1e-6)
  }

  /// Central differences of the loss, which is written down here once more, by every logit of a random table.
  @Test(arguments: [1.0, 0.7]) func theWholeGradientIsTheDerivative(temperature: Double) throws {
    let rollouts: [[Int32]] = [[2, 1, 2, 0], [1, 2, 2], [0], [1, 0]]
    let loss = PolicyObjective(
      kl: KLPenalty(coefficient: 0.3), entropy: EntropyBonus(coefficient: 0.25))
    var training = training(loss)
    training.settings.groupSize = 4
    training.settings.sampling.temperature = temperature
    training.reward = RuleReward(each: { Double($0.utf8.count { $0 == UInt8(ascii: "b") }) })
    let reference = BigramModel(vocabulary: 3, seed: 5)
    training.reference = reference
    let model = BigramModel(vocabulary: 3, seed: 4)
    model.script = { _, _ in rollouts }
    let begin = model.state
    _ = try training.run(model)

    let before = BigramModel(logits: begin.logits)
    func value(_ model: BigramModel) -> Double {
      var (sum, count) = (0.0, 0.0)
      for (tokens, advantage) in zip(rollouts, [2 - 1, 2 - 1, 0 - 1, 0 - 1] as [Double]) {
        for (last, token) in zip([1] + tokens, tokens) {
          func line(_ model: BigramModel) -> [Double] {
            model.logDistribution(after: last, temperature: temperature)
          }
          let (now, old, other) = (line(model), line(before), line(reference))
          let distance = other[Int(token)] - now[Int(token)]
          sum -= exp(now[Int(token)] - old[Int(token)]) * advantage
          sum += 0.3 * (exp(distance) - distance - 1)
          sum += 0.25 * now.reduce(0) { $0 + exp($1) * $1 }
          count += 1
        }
      }
      return sum / count
    }
    let h = 1e-5
    for row in 0..<3 {
      for column in 0..<3 {
        let moved = [h, -h].map { step in
          var logits = begin.logits
          logits[row][column] += step
          return value(BigramModel(logits: logits))
        }
        let slope = (moved[0] - moved[1]) / (2 * h)
        #expect(abs(slope - model.gradients[0][row][column]) < 2e-7, "row \(row), column \(column)")
      }
    }
  }
}

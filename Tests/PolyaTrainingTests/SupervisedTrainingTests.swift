import Foundation
import PolyaCore
import PolyaTraining
import Testing

/// Mid-training of the bigram model: equal trajectories, and gradients worked out by hand.
struct SupervisedTrainingTests {
  private let observer = RecordingObserver()
  private var training = SupervisedTraining(
    epochs: 1.5, batchSize: 3, schedule: Schedule(peak: 0.1, shape: .cosine, warmup: 1), weightDecay: 0.01,
    clipNorm: 1, tokensPerMicrobatch: 8192)

  /// Prompts and targets of many lengths.
  private let examples: [TokenSequence] = (0..<8).map { index in
    let random = Randomness(seed: 9).stream(UInt64(index))
    let tokens = (0..<4 + random.below(4, 0)).map { Int32(1 + random.below(3, UInt64(1 + $0))) }
    return TokenSequence(tokens: tokens + [0], from: 1 + random.below(3, 50))
  }

  private struct Trajectory: Equatable {
    var states: [BigramModel.State] = []
    var kept: [SupervisedTraining.Summary] = []
  }

  private func run(
    _ training: SupervisedTraining, _ examples: [TokenSequence],
    model: BigramModel = BigramModel(vocabulary: 4, seed: 3), after done: SupervisedTraining.Summary? = nil,
    interruptedAfter limit: Int = .max
  ) throws -> Trajectory {
    var trajectory = Trajectory()
    do {
      let summary = try training.run(
        model, examples: examples, random: Randomness(seed: 1), observer: observer, after: done
      ) {
        trajectory.states.append(model.state)
        trajectory.kept.append($0)
        if $0.steps == limit { throw Interruption() }
      }
      #expect(summary == trajectory.kept.last)
    } catch is Interruption {}
    return trajectory
  }

  @Test(arguments: [1, 7, 10, 12, 19, 100_000]) func passesDoNotMatter(tokensPerMicrobatch: Int) throws {
    let standard = try run(training, examples)
    #expect(standard.states.count == 4 && standard.states[0] != standard.states[3])
    var split = training
    split.tokensPerMicrobatch = tokensPerMicrobatch
    let model = BigramModel(vocabulary: 4, seed: 3)
    #expect(try run(split, examples, model: model).states == standard.states)
    if tokensPerMicrobatch == 1 { #expect(model.passes.allSatisfy { $0.count == 1 }) }
    if tokensPerMicrobatch == 100_000 { #expect(model.passes.map(\.count) == [3, 3, 3, 3]) }
  }

  @Test(arguments: 1...3) func anInterruptedTrainingGoesOn(steps: Int) throws {
    let standard = try run(training, examples)
    let begun = try run(training, examples, interruptedAfter: steps)
    #expect(begun.states.count == steps)
    let model = BigramModel(vocabulary: 4, seed: 3)
    model.state = try #require(begun.states.last)
    let rest = try run(training, examples, model: model, after: begun.kept.last)
    #expect(begun.states + rest.states == standard.states)
    #expect(begun.kept + rest.kept == standard.kept)
    // The first step begins the training, in whatever process; no other does.
    #expect(model.steps.map(\.index) == Array(steps..<4))
  }

  @Test(arguments: [[0], [3, 8], [0, 2, 5, 9]]) func rowsWithoutATargetChangeNothing(places: [Int]) throws {
    let standard = try run(training, examples)
    var padded = examples
    for place in places { padded.insert(TokenSequence(tokens: [1, 2], from: 2), at: place) }
    #expect(try run(training, padded) == standard)
    #expect(
      observer.warnings == ["\(places.count) of \(padded.count) examples have no target and were left out"])
  }

  /// Two examples after a with uniform odds: "b, end" and "end". Three targets, each a third of -(δ - p).
  ///
  /// Row a: 1/3 (p - δb) + 1/3 (p - δend) = 1/3 (-1/3, 2/3, -1/3); row b: 1/3 (p - δend) = 1/3 (-2/3, 1/3, 1/3).
  @Test(arguments: [1, 100]) func everyTargetTokenCountsTheSame(tokensPerMicrobatch: Int) throws {
    let model = BigramModel(logits: [[0, 0, 0], [0, 0, 0], [0, 0, 0]])
    let one = SupervisedTraining(
      epochs: 1, batchSize: 2, schedule: Schedule(peak: 0.1, shape: .constant, warmup: 0), weightDecay: 0,
      clipNorm: 0, tokensPerMicrobatch: tokensPerMicrobatch)
    let trajectory = try run(
      one, [TokenSequence(tokens: [1, 2, 0], from: 1), TokenSequence(tokens: [1, 0], from: 1)], model: model)
    let expected: [[Double]] = [[0, 0, 0], [-1.0 / 9, 2.0 / 9, -1.0 / 9], [-2.0 / 9, 1.0 / 9, 1.0 / 9]]
    for (found, wanted) in zip(model.gradients[0].joined(), expected.joined()) {
      #expect(abs(found - wanted) < 1e-7)
    }
    #expect(abs(try #require(trajectory.kept.last?.firstLoss) - log(3)) < 1e-6)
    #expect(trajectory.kept.last?.tokens == 5)
    #expect(model.gradients.count == 1)
  }

  /// Only the last token of a prompt reaches the bigrams: what is before it must not count.
  @Test func promptsAreNotLearned() throws {
    let short = examples.map { TokenSequence(tokens: Array($0.tokens[($0.from - 1)...]), from: 1) }
    #expect(zip(short, examples).contains { $0.tokens.count < $1.tokens.count })
    #expect(try run(training, short).states == run(training, examples).states)
  }

  @Test func everyExampleComesOnceInAnEpoch() throws {
    var epochs = training
    epochs.epochs = 3
    epochs.batchSize = 4
    let model = BigramModel(vocabulary: 4, seed: 3)
    _ = try run(epochs, examples, model: model)
    #expect(model.passes.count == 6)
    let seen = model.passes.flatMap { $0 }.map(\.tokens)
    for epoch in 0..<3 {
      #expect(Set(seen[epoch * 8..<epoch * 8 + 8]) == Set(examples.map(\.tokens)))
    }
    #expect(seen[0..<8] != seen[8..<16])
  }

  @Test func theLastStepReachesIntoTheNextEpoch() {
    #expect(training.steps(for: 8) == 4)
    var half = training
    half.epochs = 0.5
    #expect(half.steps(for: 8) == 2 && half.steps(for: 1) == 1)
  }

  @Test func theOptimizerGetsTheSchedule() throws {
    let model = BigramModel(vocabulary: 4, seed: 3)
    _ = try run(training, examples, model: model)
    let rates = [0.1, 0.1, 0.1 * 0.75, 0.1 * 0.25]
    for (step, rate) in zip(model.steps, rates) { #expect(abs(step.learningRate - rate) < 1e-12) }
    for step in 0..<4 { #expect(abs(try #require(observer[.learningRate, step]) - rates[step]) < 1e-12) }
    #expect(model.steps.allSatisfy { $0.clipNorm == 1 && $0.weightDecay == 0.01 })
    let norm = model.gradients[0].joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(observer[.gradientNorm, 0] == norm)
  }

  @Test func nothingToLearnFromIsAnError() throws {
    for examples in [[], [TokenSequence(tokens: [1, 2], from: 2)]] {
      let error = #expect(throws: PolyaError.self) { try run(training, examples) }
      #expect(error?.message == "there is nothing to train on")
    }
  }

  @Test func aLossThatIsNotFiniteEndsTheTraining() throws {
    let model = BigramModel(logits: Array(repeating: [0, .nan, 0, 0], count: 4))
    let error = #expect(throws: PolyaError.self) { try run(training, examples, model: model) }
    #expect(error?.message == "the loss of step 0 is nan")
    #expect(model.steps.isEmpty)
  }
}

import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import PolyaTraining
import Testing

/// Training of the real engine through the plugin host.
struct HostedTrainingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model(threads: Int = 1) throws -> any LanguageModel { try HostedModels.tiny(threads: threads) }

  /// A training of a few steps whose reward counts what is easy to hit.
  private func reinforce(
    _ model: any LanguageModel, tokensPerMicrobatch: Int = 8192,
    observer: RecordingObserver = RecordingObserver(),
    after progress: Reinforcement.Progress = .init(), interruptedAfter limit: Int = .max
  ) throws -> Reinforcement.Progress? {
    var settings = TinyReinforcement().settings
    settings.steps = 4
    settings.promptsPerStep = 3
    settings.updatesPerRollout = 2
    settings.sampling.maxTokens = 8
    settings.schedule = Schedule(peak: 3e-3, shape: .constant, warmup: 0)
    settings.objective.entropy.coefficient = 0.01
    settings.tokensPerMicrobatch = tokensPerMicrobatch
    let reward = RuleReward { answers in
      answers.map { .scored(Double($0.completion.count { $0 < 128 }), extracted: "", notes: []) }
    }
    let reinforcement = try Reinforcement(
      settings, maxUnscored: 1, model: model, reference: nil, rewards: [.init("bytes", reward, weight: 1)],
      template: try PromptTemplate(prompt: "Question: {question}\n", target: "{solution}"),
      random: Randomness(seed: 2))
    var reached: Reinforcement.Progress?
    do {
      _ = try reinforcement.run(
        tasks: ["1 + 1", "2 * 3", "why"].map {
          Task(key: $0, question: $0, reference: "", referenceKind: "")
        }, observer: observer, after: progress,
        refused: { _, what, _ in PolyaError(.run, what) }
      ) {
        reached = $1
        if $1.steps == limit { throw Interruption() }
      }
    } catch is Interruption {}
    return reached
  }

  private func weights(_ model: any LanguageModel, _ name: String) throws -> Data {
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: name), withIntermediateDirectories: true)
    try model.save(to: folder.path(name))
    return try Data(contentsOf: folder.url.appending(path: "\(name)/model.safetensors"))
  }

  @Test(arguments: [2, 3, 4]) func threadsDoNotMatter(threads: Int) throws {
    let (one, many) = (try model(), try model(threads: threads))
    let before = try weights(one, "before")
    #expect(try reinforce(one)?.taken == 8)
    #expect(try reinforce(many)?.taken == 8)
    let after = try weights(one, "one")
    #expect(after != before)
    #expect(try weights(many, "many") == after)
  }

  @Test(arguments: 1...3) func anInterruptedTrainingGoesOn(steps: Int) throws {
    let whole = try model()
    let end = try reinforce(whole)
    let begun = try model()
    let progress = try #require(try reinforce(begun, interruptedAfter: steps))
    #expect(progress.steps == steps)
    _ = try weights(begun, "half")
    let rest = try model(threads: 2)
    try rest.load(from: folder.path("half"))
    #expect(try reinforce(rest, after: progress) == end)
    #expect(try weights(rest, "rest") == weights(whole, "whole"))
  }

  /// Other passes add the same float32 numbers in another order.
  @Test(arguments: [1, 60]) func passesMatterByRoundingOnly(tokensPerMicrobatch: Int) throws {
    let (whole, split) = (RecordingObserver(), RecordingObserver())
    _ = try reinforce(try model(), observer: whole)
    _ = try reinforce(try model(), tokensPerMicrobatch: tokensPerMicrobatch, observer: split)
    #expect(whole.metrics.count > 30 && Set(whole.metrics.keys) == Set(split.metrics.keys))
    for (metric, value) in whole.metrics where metric.name != .mismatch {
      let found = try #require(split.metrics[metric])
      #expect(abs(found - value) <= 1e-3 * max(abs(value), 1e-3), "\(metric): \(found), \(value)")
    }
  }
}

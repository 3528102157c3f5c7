import Foundation
import PolyaCore
import Testing

@testable import PolyaTraining

/// Two updates of every combination of the loss's parts against PyTorch (`Golden/make_objectives.py`): the first loss, and
/// the product of each gradient with a fixed direction.
struct ObjectiveGoldenTests {
  private let golden: JSON

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/objectives.json")
      .path
    golden = try JSONParser.parse(try FileBytes.read(file), at: file)
  }

  private func table(_ key: String) throws -> [[Double]] {
    try #require(golden[key]?.array).map { try #require($0.array).compactMap(\.real) }
  }

  private struct Scripted {
    var tokens: [[Int32]] = []
    var logprobs: [[Float]] = []
    var rewards: [Double] = []
  }

  private func scripts() throws -> [String: Scripted] {
    var scripts: [String: Scripted] = [:]
    for rollout in try #require(golden["rollouts"]?.array) {
      let question = try #require(rollout["question"]?.string)
      scripts[question, default: Scripted()].tokens.append(
        try #require(rollout["tokens"]?.array).compactMap { $0.integer.map(Int32.init) })
      scripts[question, default: Scripted()].logprobs.append(
        try #require(rollout["sampled"]?.array).compactMap { $0.real.map(Float.init) })
      scripts[question, default: Scripted()].rewards.append(try #require(rollout["reward"]?.real))
    }
    return scripts
  }

  /// All combinations of the axes, the last of which changes fastest, as members of a stage.
  private func combinations() throws -> [JSON.Members] {
    var all: [JSON.Members] = [["clip-low": 0.2, "clip-high": 0.28]]
    for axis in try #require(golden["axes"]?.array) {
      let (name, values) = (try #require(axis.array?.first?.string), try #require(axis.array?.last?.array))
      all = all.flatMap { members in
        values.map { value in
          var members = members
          if name == "kl", let pair = value.array {
            members["kl-coefficient"] = pair[0]
            members["kl-estimator"] = pair[1]
          } else {
            members[name] = value
          }
          return members
        }
      }
    }
    return all
  }

  private func training(_ scripts: [String: Scripted]) throws -> TinyReinforcement {
    var training = TinyReinforcement()
    training.questions = scripts.keys.sorted()
    training.settings.steps = 1
    training.settings.promptsPerStep = 3
    training.settings.updatesPerRollout = 2
    training.settings.sampling.maxTokens = Int(try #require(golden["limit"]?.integer))
    training.settings.clipNorm = 0
    training.settings.weightDecay = 0
    training.settings.schedule = Schedule(
      peak: try #require(golden["rate"]?.real), shape: .constant, warmup: 0)
    training.reward = RuleReward { answers in
      answers.map { answer in
        let script = scripts[answer.task.question]
        let place = script?.tokens.firstIndex { $0 == answer.tokens } ?? -1
        return .scored(script?.rewards[place] ?? .nan, extracted: "", notes: [])
      }
    }
    return training
  }

  @Test func everyCombinationHasPyTorchsValuesAndGradients() throws {
    let (scripts, direction) = (try scripts(), try table("direction"))
    let combinations = try combinations()
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count == combinations.count && cases.count > 5000)
    var training = try training(scripts)
    training.reference = BigramModel(logits: try table("reference"))
    for (members, expected) in zip(combinations, cases) {
      let reader = try ObjectReader(.object(members), at: "")
      training.settings.objective = try PolicyKeys(reader).objective
      try reader.finish()
      let model = BigramModel(logits: try table("table"), sharesForward: false)
      let names = Dictionary(uniqueKeysWithValues: training.questions.map { (model.encode([$0])[0], $0) })
      model.script = { prompt, _ in names[prompt].flatMap { scripts[$0]?.tokens } ?? [] }
      model.plantedLogprobs = { tokens, request in
        let script = names[request.tokens].flatMap { scripts[$0] }
        return script?.tokens.firstIndex { $0 == tokens }.flatMap { script?.logprobs[$0] } ?? []
      }
      let observer = RecordingObserver()
      _ = try training.run(model, observer: observer)
      let products = model.gradients.map { gradient in
        zip(gradient.joined(), direction.joined()).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let found = [try #require(observer[.loss, 0])] + products
      for (a, b) in zip(found, try #require(expected.array).compactMap(\.real)) {
        #expect(
          abs(a - b) < 1e-6 * max(1, abs(b)),
          "\(JSON.object(members).compact): \(found), not \(expected.compact)")
      }
    }
  }
}

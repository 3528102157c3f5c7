internal import PolyaCore

/// A model whose use is counted.
final class MeteredModel: LanguageModel {
  private let model: any LanguageModel
  private let plugin: String
  private let meter: UsageMeter

  init(_ model: any LanguageModel, plugin: String, meter: UsageMeter) {
    self.model = model
    self.plugin = plugin
    self.meter = meter
  }

  var info: ModelInfo { model.info }
  func encode(_ texts: [String]) throws -> [[Int32]] { try model.encode(texts) }
  func decode(_ tokens: [[Int32]]) throws -> [[UInt8]] { try model.decode(tokens) }
  func promptTokens(for chats: [[Message]]) throws -> [[Int32]] { try model.promptTokens(for: chats) }
  func embed(_ texts: [[Int32]]) throws -> [[Float]]? { try model.embed(texts) }
  func score(_ sequences: [TokenSequence]) throws -> [ScoredSequence] { try model.score(sequences) }
  func drop(_ pass: ForwardPass) throws { try model.drop(pass) }
  func save(to folder: String) throws { try model.save(to: folder) }
  func load(from folder: String) throws { try model.load(from: folder) }

  func generate(_ requests: [GenerationRequest]) throws -> [[Completion]] {
    let (completions, seconds) = try timed { try model.generate(requests) }
    meter.add(plugin) { usage in
      usage.samplingSeconds += seconds
      usage.planned.prompts += requests.count
      usage.promptTokens += requests.reduce(0) { $0 + $1.tokens.count }
      for samples in completions {
        usage.samples += samples.count
        usage.planned.samples += samples.count
        usage.sampledTokens += samples.reduce(0) { $0 + $1.tokens.count }
      }
    }
    return completions
  }

  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass {
    let (pass, seconds) = try timed { try model.forward(sequences) }
    meter.add(plugin) {
      $0.trainedSequences += sequences.count
      $0.planned.sequences += sequences.count
      $0.trainedTokens += sequences.reduce(0) { $0 + $1.tokens.count }
      $0.trainingSeconds += seconds
    }
    return pass
  }

  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws {
    let (_, seconds) = try timed { try model.backward(pass, gradients: gradients) }
    meter.add(plugin) { $0.trainingSeconds += seconds }
  }

  func step(_ step: OptimizerStep) throws -> StepReport {
    let (report, seconds) = try timed { try model.step(step) }
    meter.add(plugin) { $0.trainingSeconds += seconds }
    return report
  }

  private func timed<Value>(_ body: () throws -> Value) rethrows -> (Value, Double) {
    let start = MonotonicClock.seconds()
    return (try body(), MonotonicClock.seconds() - start)
  }
}

internal import PolyaCore

/// What a stage asked of a model, and how long the model took.
package struct ModelUsage: Sendable, Equatable {
  /// The number of samples.
  package var samples = 0
  /// Tokens of prompts; those of a prompt with several samples count once.
  package var promptTokens = 0
  /// Tokens of the samples.
  package var sampledTokens = 0
  /// The seconds of sampling.
  package var samplingSeconds = 0.0
  /// Sequences in the forward passes of training.
  package var trainedSequences = 0
  /// Tokens of these sequences, those of prompts included.
  package var trainedTokens = 0
  /// The seconds of forward and backward passes and of optimizer steps.
  package var trainingSeconds = 0.0
  /// What the manifest asked for: more than was done where right answers came early or groups taught nothing, less where
  /// strategies had several turns. As much as was done if this is the usage of a part of a stage.
  package var planned = Planned()

  /// Counts of samples, prompts, and trained sequences.
  package struct Planned: Sendable, Equatable {
    /// The number of each.
    package var samples = 0, prompts = 0, sequences = 0

    /// Creates empty counts.
    package init() {}
  }

  /// Creates an empty usage.
  package init() {}

  /// Adds another usage. What is too large for an integer becomes the greatest one.
  package mutating func add(_ other: ModelUsage) {
    for count in Self.counts {
      self[keyPath: count] = ModelWork.sum(self[keyPath: count], other[keyPath: count])
    }
    samplingSeconds += other.samplingSeconds
    trainingSeconds += other.trainingSeconds
  }

  private static var counts: [WritableKeyPath<ModelUsage, Int>] {
    [
      \.samples, \.promptTokens, \.sampledTokens, \.trainedSequences, \.trainedTokens, \.planned.samples,
      \.planned.prompts,
      \.planned.sequences,
    ]
  }

  /// Sampled tokens per second; nil if none were sampled.
  package var samplingRate: Double? { Self.rate(sampledTokens, samplingSeconds) }
  /// Trained tokens per second; nil if none were trained.
  package var trainingRate: Double? { Self.rate(trainedTokens, trainingSeconds) }

  private static func rate(_ tokens: Int, _ seconds: Double) -> Double? {
    tokens > 0 && seconds > 0 ? Double(tokens) / seconds : nil
  }

  /// As in the journal.
  var members: JSON.Members {
    func rounded(_ seconds: Double) -> JSON { .real((seconds * 1000).rounded() / 1000) }
    return [
      "samples": JSON(samples), "prompt_tokens": JSON(promptTokens), "sampled_tokens": JSON(sampledTokens),
      "sampling_seconds": rounded(samplingSeconds), "trained_sequences": JSON(trainedSequences),
      "trained_tokens": JSON(trainedTokens), "training_seconds": rounded(trainingSeconds),
      "planned": [
        "samples": JSON(planned.samples), "prompts": JSON(planned.prompts),
        "sequences": JSON(planned.sequences),
      ],
    ]
  }

  /// Reads an entry of the journal; what is missing is 0.
  init(_ json: JSON) {
    func count(_ json: JSON?, _ name: String) -> Int { max(0, Int(clamping: json?[name]?.integer ?? 0)) }
    samples = count(json, "samples")
    promptTokens = count(json, "prompt_tokens")
    sampledTokens = count(json, "sampled_tokens")
    samplingSeconds = json["sampling_seconds"]?.real ?? 0
    trainedSequences = count(json, "trained_sequences")
    trainedTokens = count(json, "trained_tokens")
    trainingSeconds = json["training_seconds"]?.real ?? 0
    planned.samples = count(json["planned"], "samples")
    planned.prompts = count(json["planned"], "prompts")
    planned.sequences = count(json["planned"], "sequences")
  }
}

/// Collects the usage of a stage's models, by plugin.
final class UsageMeter {
  private(set) var usage: [String: ModelUsage] = [:]
  private var models: [String: ModelInfo] = [:]

  /// Notes what a model says of itself.
  func note(_ plugin: String, _ info: ModelInfo) { models[plugin] = info }

  /// The sum of what was written into journals.
  static func sum(_ usages: [JSON]) -> JSON {
    let meter = UsageMeter()
    for case .object(let plugins) in usages {
      for (plugin, usage) in plugins { meter.add(plugin) { $0.add(ModelUsage(usage)) } }
    }
    return meter.json
  }

  /// States what a whole stage was to ask, unless that was nothing.
  func plan(_ plugin: String, _ planned: ModelUsage.Planned) {
    guard usage[plugin] != nil else { return }
    usage[plugin]?.planned = planned
  }

  func add(_ plugin: String, _ change: (inout ModelUsage) -> Void) {
    change(&usage[plugin, default: ModelUsage()])
  }

  /// Empty if no model was asked anything.
  var json: JSON {
    .object(
      JSON.Members(
        usage.sorted { $0.key < $1.key }.map { plugin, usage in
          var members = usage.members
          if let info = models[plugin] {
            members["model"] = [
              "name": .string(info.name), "family": .string(info.family), "device": .string(info.device),
              "dtype": .string(info.dtype),
            ]
          }
          return (plugin, .object(members))
        }))
  }
}

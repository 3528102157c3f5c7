public import CPolya
import PolyaKit

/// Bigrams over bytes: a language model that samples, scores, learns and is stored.
///
/// A text's bytes are its tokens; token 256 begins and ends. Replace `Bigrams` by a better network: everything else
/// stays. The host never makes two calls that change the model at a time, nor one beside a call that reads it.
final class TemplateName: TrainableModel {
  static let id = "TEMPLATE_ID"
  static let title = "Bigrams"
  static let summary = "A table of byte pairs as a language model: small, fast, and trainable."
  static let options = [
    Option("folder", .path, help: "A checkpoint to start from; without it all tokens are equally likely.")
  ]

  private var network: Bigrams

  init(options: OptionValues, call: Call) throws {
    network = Bigrams(weights: try options.text("folder").map(Checkpoint.read))
  }

  var info: ModelInfo {
    ModelInfo(
      name: "template-name", family: "bigram", sharesForward: true, parameters: Bigrams.count,
      vocabularySize: Bigrams.vocabulary, contextLength: -1, bos: Bigrams.end, eos: Bigrams.end)
  }

  func encode(_ texts: [String], _ call: Call) throws -> [[Int32]] {
    texts.map { $0.utf8.map(Int32.init) }
  }

  func decode(_ tokens: [[Int32]], _ call: Call) throws -> [[UInt8]] {
    try tokens.map { ids in
      try check(ids)
      return ids.filter { $0 != Bigrams.end }.map { UInt8($0) }
    }
  }

  func generate(_ prompts: [Prompt], _ call: Call) throws -> [Sample] {
    try prompts.flatMap { prompt in
      try check(prompt.tokens)
      return (0..<prompt.samples).map { Sampler(prompt: prompt, index: $0).sample(network, call) }
    }
  }

  func score(_ sequences: [TokenSequence], _ call: Call) throws -> [Scored] {
    try sequences.map { sequence in
      try check(sequence.tokens)
      var scored = Scored(logprobs: [])
      for place in sequence.from..<sequence.tokens.count {
        try call.checkStop()
        let all = network.logProbs(after: sequence.tokens[place - 1], temperature: sequence.temperature)
        scored.logprobs.append(Float(all[Int(sequence.tokens[place])]))
        if sequence.wantsEntropies { scored.entropies.append(Float(Bigrams.entropy(all))) }
      }
      return scored
    }
  }

  /// The sequences are all that backward needs: the last token is all that the network saw.
  func forward(_ sequences: [TokenSequence], _ call: Call) throws -> (scored: [Scored], tape: [TokenSequence])
  {
    (try score(sequences, call), sequences)
  }

  func backward(_ tape: [TokenSequence], _ gradients: [Gradient], _ call: Call) throws {
    guard tape.count == gradients.count else {
      throw Failure(.badArgument, "there are \(gradients.count) gradients for \(tape.count) sequences")
    }
    for (sequence, gradient) in zip(tape, gradients) {
      try call.checkStop()
      for (place, dLogProb) in zip(sequence.from..<sequence.tokens.count, gradient.logprobs) {
        let index = place - sequence.from
        network.addGradient(
          after: sequence.tokens[place - 1], next: sequence.tokens[place], temperature: sequence.temperature,
          dLogProb: Double(dLogProb),
          dEntropy: index < gradient.entropies.count ? Double(gradient.entropies[index]) : 0)
      }
    }
  }

  func step(_ step: OptimizerStep, _ call: Call) throws -> StepReport { network.optimize(step) }

  func save(to folder: String, _ call: Call) throws { try Checkpoint.write(network.weights, to: folder) }

  func load(from folder: String, _ call: Call) throws {
    network = Bigrams(weights: try Checkpoint.read(folder))
  }

  private func check(_ ids: [Int32]) throws {
    guard let wild = ids.first(where: { !(0..<Int32(Bigrams.vocabulary)).contains($0) }) else { return }
    throw Failure(.badArgument, "the token id \(wild) is outside 0...256")
  }
}

private let module = Module(name: "template-name", version: "0.1.0", plugins: [TemplateName.self])

/// The only symbol that leaves the plugin.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

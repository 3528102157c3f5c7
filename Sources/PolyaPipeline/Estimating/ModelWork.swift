/// What a stage will ask of a model, as far as the manifest says.
package struct ModelWork: Sendable, Equatable {
  /// The plugin or stage that provides the model.
  package var model: String
  /// The number of samples that it will draw at most; strategies of several turns draw more.
  package var samples: Int
  /// The number of samples of a prompt, at least 1.
  package var perPrompt: Int
  /// The most tokens of a sample.
  package var maxTokens: Int
  /// The tokens after which no more samples are drawn; nil if there is no such limit.
  package var mostTokens: Int?
  /// The number of sequences that it will be trained on at most; nil if that is not known yet.
  package var sequences: Int?

  /// Creates the work of a model.
  package init(
    model: String, samples: Int = 0, perPrompt: Int = 1, maxTokens: Int = 0, sequences: Int? = 0
  ) {
    self.model = model
    self.samples = samples
    self.perPrompt = perPrompt
    self.maxTokens = maxTokens
    self.sequences = sequences
  }

  /// The number of prompts.
  var prompts: Int { samples / max(1, perPrompt) }

  /// The product of counts, or the greatest number if it is greater than that.
  package static func product(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? .max : next
    }
  }

  /// The sum of counts, or the greatest number if it is greater than that.
  static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflows) = a.addingReportingOverflow(b)
    return overflows ? .max : sum
  }
}

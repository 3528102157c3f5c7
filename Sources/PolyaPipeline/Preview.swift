package import PolyaCore
package import PolyaRecords

/// A stage that can show what a model would be sent, and a few of its answers, before the stage is run.
package protocol PreviewableStage: Stage {
  /// Returns previews of one row of the stage's work. It writes nothing.
  ///
  /// - Throws: If the row does not exist, or if a stage that is needed has not run.
  func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview]
}

/// The part of a stage to preview.
package struct PreviewRequest: Sendable {
  /// The number of the task or example, from 0.
  package var row: Int
  /// The number of answers to each prompt; 0 samples none.
  package var samples: Int
  /// The heuristics to preview; all if empty.
  package var heuristics: [String]
  /// The plugin or stage whose model answers; nil for the one that the stage names.
  package var model: String?

  /// Creates a request.
  package init(row: Int, samples: Int, heuristics: [String] = [], model: String? = nil) {
    self.row = row
    self.samples = samples
    self.heuristics = heuristics
    self.model = model
  }

  /// Returns the requested one of some rows.
  package func row<Row>(of rows: [Row], _ what: String) throws -> Row {
    guard rows.indices.contains(row) else {
      throw PolyaError(
        .configuration, "there is no \(what) \(row): the stage has \(rows.count), from 0", at: "--task")
    }
    return rows[row]
  }

  /// Throws if the stage has no heuristics, but some are wanted, or if one is unknown.
  package func checkHeuristics(among known: [String]) throws {
    guard let unknown = heuristics.first(where: { !known.contains($0) }) else { return }
    throw PolyaError(
      .configuration, "there is no heuristic '\(unknown)' in this stage", at: "--heuristic",
      hint: Suggestion.hint(for: unknown, among: known))
  }
}

/// A prompt as a model is sent it, with answers.
package struct Preview {
  /// What the prompt is for, such as a heuristic or the name of a model.
  package var title: String
  /// The question, or the bare text of the example.
  package var question: String
  /// The model that is sent the prompt.
  package var model: any LanguageModel
  /// The conversation before an answer.
  package var messages: [Message]
  /// The token ids of the prompt that the conversation became.
  package var prompt: [Int32]
  /// The sampled answers, or the target of training.
  package var replies: [Reply]

  /// An answer with its verdicts.
  package struct Reply {
    /// The token ids as sampled or trained; empty if the answer is not what the model said.
    package var tokens: [Int32]
    /// The answer that is judged, if it is not the text of the tokens.
    package var answer: String?
    /// Why sampling ended; empty for a target of training.
    package var finish: String
    /// The verdicts with the names of the rewards in the manifest.
    package var verdicts: [(reward: String, verdict: VerdictRecord)]
    /// How well the answer follows its heuristic, 0...1; nil if this was not measured.
    package var adherence: Double?

    /// Creates a reply.
    package init(
      tokens: [Int32], answer: String? = nil, finish: String,
      verdicts: [(reward: String, verdict: VerdictRecord)] = [], adherence: Double? = nil
    ) {
      self.tokens = tokens
      self.answer = answer
      self.finish = finish
      self.verdicts = verdicts
      self.adherence = adherence
    }
  }

  /// Creates a preview.
  package init(
    title: String, question: String, model: any LanguageModel, messages: [Message], prompt: [Int32],
    replies: [Reply] = []
  ) {
    self.title = title
    self.question = question
    self.model = model
    self.messages = messages
    self.prompt = prompt
    self.replies = replies
  }
}

extension Pipeline {
  /// Returns previews of a stage.
  ///
  /// - Parameter observer: Receives the warnings of the stage.
  package func preview(_ name: String, _ wanted: PreviewRequest, observer: any StageObserver) throws
    -> [Preview]
  {
    let (stage, context) = try context(of: name, observer: observer)
    guard let stage = stage as? any PreviewableStage else {
      throw PolyaError(
        .configuration, "stage '\(name)' (\(type(of: stage).kind)) sends a model nothing",
        hint: "bootstrap, train, reinforce, and evaluate stages can be tried")
    }
    return try stage.preview(wanted, context)
  }
}

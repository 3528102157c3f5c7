package import PolyaCore

/// An answer in a record of any stage.
package struct StoredAnswer: Sendable, Equatable {
  /// The key of the task, and its bare question.
  package var task, question: String
  /// The model that answered, for a stage with answers of several models; nil otherwise.
  package var model: String?
  /// The heuristic that the model was asked to follow; empty if there was none.
  package var heuristic: String
  /// The text of the answer.
  package var text: String
  /// The outcome of the answer; nil if the stage does not record one.
  package var outcome: Outcome?
}

/// Reads answers from the shards of any stage: candidates, training examples, rollouts, and evaluations.
package enum StoredAnswers {
  private static let readers: [(shard: String, read: @Sendable (JSON) throws -> [StoredAnswer])] = [
    ("candidates", { StoredAnswer.of(try CandidateRecord($0)) }),
    ("training", { StoredAnswer.of(try TrainingRecord($0)) }),
    ("rollouts", { StoredAnswer.of(try RolloutRecord($0)) }),
    ("results", { StoredAnswer.of(try EvaluationRecord($0)) }),
  ]

  /// Returns the shards in a stage's folder that contain answers, in order.
  package static func files(_ folder: String) throws -> [String] {
    try readers.flatMap { try Shards.files(in: folder, name: $0.shard) }
  }

  /// Returns the answers of a shard, in its order.
  package static func read(_ file: String) throws -> [StoredAnswer] {
    let name = file.split(separator: "/").last.map(String.init) ?? ""
    guard let form = readers.first(where: { name.hasPrefix("\($0.shard)-") }) else {
      throw PolyaError(.corrupt, "contains no answers", at: file)
    }
    let reader = try RecordReader(file)
    var answers: [StoredAnswer] = []
    while let json = try reader.next() { answers += try form.read(json) }
    return answers
  }
}

extension StoredAnswer {
  fileprivate static func of(_ record: CandidateRecord) -> [StoredAnswer] {
    guard !record.answer.isEmpty else { return [] }
    return [
      StoredAnswer(
        task: record.task.key, question: record.task.question, heuristic: record.heuristic,
        text: record.answer, outcome: record.outcome)
    ]
  }

  fileprivate static func of(_ record: TrainingRecord) -> [StoredAnswer] {
    [
      StoredAnswer(
        task: record.task, question: record.prompt, heuristic: record.heuristic, text: record.completion)
    ]
  }

  fileprivate static func of(_ record: RolloutRecord) -> [StoredAnswer] {
    [
      StoredAnswer(
        task: record.task, question: record.question, heuristic: record.heuristic ?? "",
        text: record.answer ?? record.completion, outcome: record.outcome)
    ]
  }

  fileprivate static func of(_ record: EvaluationRecord) -> [StoredAnswer] {
    record.examples.map {
      StoredAnswer(
        task: record.task, question: "", model: record.model, heuristic: "", text: $0.text,
        outcome: $0.verdict.outcome)
    }
  }
}

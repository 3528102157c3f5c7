package import PolyaCore

/// An answer as some stage stored it.
package struct StoredAnswer: Sendable, Equatable {
  /// The task's key, and what was asked.
  package var task, question: String
  /// Who answered, where a stage has answers of several models.
  package var model: String?
  /// What the model was asked to follow; empty: nothing.
  package var heuristic: String
  /// The answer.
  package var text: String
  /// What became of it; nil: the stage does not say.
  package var outcome: Outcome?
}

/// Reads answers out of any stage's shards: candidates, training examples, rollouts, results.
package enum StoredAnswers {
  private static let readers: [(shard: String, read: @Sendable (JSON) throws -> [StoredAnswer])] = [
    ("candidates", { StoredAnswer.of(try CandidateRecord($0)) }),
    ("training", { StoredAnswer.of(try TrainingRecord($0)) }),
    ("rollouts", { StoredAnswer.of(try RolloutRecord($0)) }),
    ("results", { StoredAnswer.of(try EvaluationRecord($0)) }),
  ]

  /// The shards of a stage's folder that hold answers, in order.
  package static func files(_ folder: String) throws -> [String] {
    try readers.flatMap { try Shards.files(in: folder, name: $0.shard) }
  }

  /// The answers of a shard, in its order.
  package static func read(_ file: String) throws -> [StoredAnswer] {
    let name = file.split(separator: "/").last.map(String.init) ?? ""
    guard let form = readers.first(where: { name.hasPrefix("\($0.shard)-") }) else {
      throw PolyaError(.corrupt, "holds no answers", at: file)
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
        task: record.task, question: record.question, heuristic: "", text: record.completion,
        outcome: record.outcome)
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

internal import PolyaCore

/// An answer as some stage stored it.
public struct StoredAnswer: Sendable, Equatable {
  /// The task's key, and what was asked.
  public var task, question: String
  /// Who answered, where a stage has answers of several models.
  public var model: String?
  /// What the model was asked to follow; empty: nothing.
  public var heuristic: String
  /// The answer.
  public var text: String
  /// A rollout is, with a reward above 0; nil: the stage does not say.
  public var isRight: Bool?
}

/// Reads answers out of any stage's shards: candidates, training examples, rollouts, results.
public enum StoredAnswers {
  /// The shards of a stage's folder that hold answers, in order.
  public static func files(_ folder: String) throws -> [String] {
    try ["candidates", "training", "rollouts", "results"].flatMap { try Shards.files(in: folder, name: $0) }
  }

  /// The answers of a shard, in its order.
  public static func read(_ file: String) throws -> [StoredAnswer] {
    let reader = try RecordReader(file)
    let name = file.split(separator: "/").last.map(String.init) ?? ""
    var answers: [StoredAnswer] = []
    while let json = try reader.next() {
      switch name.prefix(while: { $0 != "-" }) {
      case "candidates":
        let record = try CandidateRecord(json)
        guard !record.answer.isEmpty else { continue }
        answers.append(
          StoredAnswer(
            task: record.task.key, question: record.task.question, model: nil, heuristic: record.heuristic,
            text: record.answer, isRight: record.outcome == .verified))
      case "training":
        let record = try TrainingRecord(json)
        answers.append(
          StoredAnswer(
            task: record.task, question: record.prompt, model: nil, heuristic: record.heuristic,
            text: record.completion, isRight: nil))
      case "rollouts":
        let fields = RecordFields(json: json, kind: "rollout")
        answers.append(
          StoredAnswer(
            task: try fields.string("task"), question: try fields.string("question"), model: nil,
            heuristic: "",
            text: try fields.string("completion"),
            isRight: fields.optionalReal("reward").map { $0 > 0 } ?? false))
      default:
        let record = try EvaluationRecord(json)
        answers += record.examples.map {
          StoredAnswer(
            task: record.task, question: "", model: record.model, heuristic: "", text: $0.text,
            isRight: $0.score.map { $0 > 0.5 } ?? false)
        }
      }
    }
    return answers
  }
}

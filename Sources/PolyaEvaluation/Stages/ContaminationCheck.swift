internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// The settings of a search for training questions that resemble evaluation questions.
package struct ContaminationCheck: Sendable {
  /// The task sets with the training questions.
  let against: [String]
  /// Whether resembling questions are left out of the evaluation.
  let excludes: Bool
  private let words: Int
  private let similarity: Double

  static let settings: [any DeclaredSetting] = [Key.against, Key.words, Key.similarity, Key.exclude]

  private enum Key {
    static let against = Setting.strings("against", "The task sets with the training questions.")
    static let words = Setting.integer(
      "words", in: 1...1000,
      "Words in a row that two questions must share to overlap; shorter questions must share all."
    ).standard(13)
    static let similarity = Setting.real(
      "similarity", in: 0.1...1,
      "The share of word triples (Jaccard) from which two questions are near-duplicates."
    ).standard(0.8)
    static let exclude = Setting.bool(
      "exclude", "Whether questions that overlap or are near-duplicates are left out."
    ).standard(false)
  }

  init(_ reader: ObjectReader) throws {
    against = try reader.read(Key.against)
    words = try reader.read(Key.words)
    similarity = try reader.read(Key.similarity)
    excludes = try reader.read(Key.exclude)
    try reader.finish()
  }

  /// Returns what is found for a task set.
  func record(of set: String, _ tasks: [Task], _ training: TrainingQuestions) -> ContaminationRecord {
    ContaminationRecord(
      tasks: set, against: against, words: words, similarity: similarity, questions: tasks.count,
      isExcluded: excludes, resembling: training.resembling(tasks))
  }

  func training(_ context: StageContext) throws -> TrainingQuestions {
    TrainingQuestions(
      try against.flatMap { try context.taskSet($0).tasks }, words: words, similarity: similarity)
  }
}

extension EvaluateStage {
  /// Returns what the search for resembling training questions finds, by task set.
  func contamination(_ context: StageContext) throws -> [ContaminationRecord] {
    guard let contamination else { return [] }
    let training = try contamination.training(context)
    return try tasks.map { contamination.record(of: $0, try context.taskSet($0).tasks, training) }
  }
}

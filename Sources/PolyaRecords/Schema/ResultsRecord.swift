package import PolyaCore

/// The results of stages: `results.json` of a stage, and the run's own file, which combines those of all
/// stages.
package struct ResultsRecord: Sendable, Equatable {
  /// The task sets that the scores refer to.
  package var taskSets: [TaskSetRecord]
  /// The scores of models on task sets.
  package var scores: [ScoreRecord]
  /// The paired differences of models.
  package var comparisons: [ComparisonRecord]
  /// Which questions models lost and gained.
  package var coverage: [CoverageRecord]
  /// The measures of answers.
  package var measures: [MeasureRecord]
  /// Which evaluation questions resemble training questions.
  package var contamination: [ContaminationRecord]

  /// The name of the file, in a stage's folder and in the run's.
  package static let fileName = "results.json"

  /// Creates results.
  package init(
    taskSets: [TaskSetRecord] = [], scores: [ScoreRecord] = [], comparisons: [ComparisonRecord] = [],
    coverage: [CoverageRecord] = [], measures: [MeasureRecord] = [],
    contamination: [ContaminationRecord] = []
  ) {
    self.taskSets = taskSets
    self.scores = scores
    self.comparisons = comparisons
    self.coverage = coverage
    self.measures = measures
    self.contamination = contamination
  }

  /// Adds the results of another stage. Task sets that are already present are not added again.
  package mutating func add(_ other: ResultsRecord) {
    taskSets += other.taskSets.filter { set in !taskSets.contains { $0.name == set.name } }
    scores += other.scores
    comparisons += other.comparisons
    coverage += other.coverage
    measures += other.measures
    contamination += other.contamination
  }

  /// The content of a stage's file.
  package var json: JSON {
    RecordKind.results.form(
      JSON.Members([("task_sets", .array(taskSets.map(\.json)))] + export.pairs))
  }

  /// The content of the run's file, which is meant for other programs and holds only the figures.
  package var exported: JSON { .object(export) }

  private var export: JSON.Members {
    var members: JSON.Members = [
      "scores": .array(scores.map(\.json)), "comparisons": .array(comparisons.map(\.json)),
    ]
    if !coverage.isEmpty { members["coverage"] = .array(coverage.map(\.json)) }
    if !measures.isEmpty { members["measures"] = .array(measures.map(\.json)) }
    if !contamination.isEmpty { members["contamination"] = .array(contamination.map(\.json)) }
    return members
  }

  /// Reads the content of a stage's file; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .results)
    taskSets = try fields.array("task_sets").map { try TaskSetRecord($0) }
    scores = try fields.array("scores").map { try ScoreRecord($0) }
    comparisons = try fields.array("comparisons").map { try ComparisonRecord($0) }
    coverage = try (json["coverage"] == nil ? [] : fields.array("coverage")).map { try CoverageRecord($0) }
    measures = try (json["measures"] == nil ? [] : fields.array("measures")).map { try MeasureRecord($0) }
    contamination = try (json["contamination"] == nil ? [] : fields.array("contamination")).map {
      try ContaminationRecord($0)
    }
  }

  /// Reads the results in a stage's folder; returns nil if there is no file.
  ///
  /// - Throws: `corrupt` with the path of a damaged file.
  package static func read(folder: String) throws -> ResultsRecord? {
    let file = "\(folder)/\(fileName)"
    guard FileBytes.size(of: file) != nil else { return nil }
    do { return try ResultsRecord(try JSONParser.parse(try FileBytes.read(file), at: file)) } catch var error
      as PolyaError
    {
      error.place = file
      throw error
    }
  }

  /// Writes the results into a stage's folder.
  package func write(folder: String) throws {
    try FileBytes.create("\(folder)/\(Self.fileName)", with: Array((json.pretty + "\n").utf8))
  }
}

/// The description of a task set beyond its name. Part of ``ResultsRecord``.
package struct TaskSetRecord: Sendable, Equatable {
  /// How test tasks relate to training tasks.
  package enum Distribution: String, Sendable {
    /// Drawn from the same distribution as the training tasks, but not among them.
    case inside
    /// Drawn from another distribution.
    case outside
  }

  /// The name that scores refer to.
  package var name: String
  /// The relation to the training tasks.
  package var distribution: Distribution
  /// A few words for readers, such as the source; may be empty.
  package var note: String

  /// Creates a description.
  package init(name: String, distribution: Distribution, note: String = "") {
    self.name = name
    self.distribution = distribution
    self.note = note
  }

  /// The stored form.
  package var json: JSON {
    ["name": .string(name), "distribution": .string(distribution.rawValue), "note": .string(note)]
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "task set")
    self.init(
      name: try fields.string("name"), distribution: try fields.choice("distribution"),
      note: try fields.string("note"))
  }
}

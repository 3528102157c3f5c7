package import PolyaCore

/// What stages found out: `results.json` of a stage, and of the run, which has those of all stages together.
package struct ResultsRecord: Sendable, Equatable {
  /// The task sets that the scores name.
  package var taskSets: [TaskSetRecord]
  /// Scores of models on task sets.
  package var scores: [ScoreRecord]
  /// Paired differences of models.
  package var comparisons: [ComparisonRecord]
  /// What the answers of arms show.
  package var measures: [MeasureRecord]

  /// The file's name, in a stage's folder and in the run's.
  package static let fileName = "results.json"

  /// What a stage found out.
  package init(
    taskSets: [TaskSetRecord] = [], scores: [ScoreRecord] = [], comparisons: [ComparisonRecord] = [],
    measures: [MeasureRecord] = []
  ) {
    self.taskSets = taskSets
    self.scores = scores
    self.comparisons = comparisons
    self.measures = measures
  }

  /// Adds what another stage found out; a task set that is known already is not added again.
  package mutating func add(_ other: ResultsRecord) {
    taskSets += other.taskSets.filter { set in !taskSets.contains { $0.name == set.name } }
    scores += other.scores
    comparisons += other.comparisons
    measures += other.measures
  }

  /// A stage's file.
  package var json: JSON {
    RecordKind.results.form(
      JSON.Members([("task_sets", .array(taskSets.map(\.json)))] + export.pairs))
  }

  /// The run's file, for other programs: the figures alone.
  package var exported: JSON { .object(export) }

  private var export: JSON.Members {
    var members: JSON.Members = [
      "scores": .array(scores.map(\.json)), "comparisons": .array(comparisons.map(\.json)),
    ]
    if !measures.isEmpty { members["measures"] = .array(measures.map(\.json)) }
    return members
  }

  /// Reads a stage's file.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .results)
    taskSets = try fields.array("task_sets").map { try TaskSetRecord($0) }
    scores = try fields.array("scores").map { try ScoreRecord($0) }
    comparisons = try fields.array("comparisons").map { try ComparisonRecord($0) }
    measures = try (json["measures"] == nil ? [] : fields.array("measures")).map { try MeasureRecord($0) }
  }

  /// What a stage found out; nil when it has no such file.
  ///
  /// - Throws: `corrupt` for a damaged file, with its place.
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

  /// Writes a stage's file.
  package func write(folder: String) throws {
    try FileBytes.create("\(folder)/\(Self.fileName)", with: Array((json.pretty + "\n").utf8))
  }
}

/// What is known of a set of tasks beyond its name. Part of ``ResultsRecord``.
package struct TaskSetRecord: Sendable, Equatable {
  /// How test tasks relate to training tasks.
  package enum Distribution: String, Sendable {
    /// Drawn like the training tasks, but not among them.
    case inside
    /// Drawn from elsewhere.
    case outside
  }

  /// The name that scores refer to.
  package var name: String
  /// Its relation to the training tasks.
  package var distribution: Distribution
  /// A few words for readers, such as the source; may be empty.
  package var note: String

  /// A task set.
  package init(name: String, distribution: Distribution, note: String = "") {
    self.name = name
    self.distribution = distribution
    self.note = note
  }

  /// The stored form.
  package var json: JSON {
    ["name": .string(name), "distribution": .string(distribution.rawValue), "note": .string(note)]
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "task set")
    self.init(
      name: try fields.string("name"), distribution: try fields.choice("distribution"),
      note: try fields.string("note"))
  }
}

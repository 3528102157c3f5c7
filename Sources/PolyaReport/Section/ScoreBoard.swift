internal import PolyaRecords

/// The scores, with the order of arms and task sets that all sections share.
struct ScoreBoard {
  /// The models in order of appearance. The index of a model is its line style.
  let models: [String]
  /// The task sets in order of appearance, with those in distribution first.
  let taskSets: [TaskSetRecord]
  /// The task sets that have a description; the others are shown without a note.
  let describedNames: Set<String>
  private let scores: [ScoreRecord]

  init(_ report: Report) {
    scores = report.scores
    models = Self.inOrder(report.scores.map(\.model))
    describedNames = Set(report.taskSets.map(\.name))
    let known = report.taskSets
    let sets = Self.inOrder(report.scores.map(\.tasks)).map { name in
      known.first { $0.name == name } ?? TaskSetRecord(name: name, distribution: .outside)
    }
    taskSets = sets.filter { $0.distribution == .inside } + sets.filter { $0.distribution == .outside }
  }

  /// Returns the line style of a model. Models without scores share the style after the last one.
  func style(of model: String) -> Int { models.firstIndex(of: model) ?? models.count }

  /// Returns the values of k that any model has on a task set, ascending.
  func ks(on tasks: String) -> [Int] {
    Set(scores.filter { $0.tasks == tasks }.compactMap(\.k)).sorted()
  }

  func passAtK(_ model: String, on tasks: String, k: Int) -> ScoreRecord? {
    scores.first { $0.model == model && $0.tasks == tasks && $0.k == k }
  }

  /// Returns the pass@k scores of a model on a task set, by ascending k.
  func curve(_ model: String, on tasks: String) -> [ScoreRecord] {
    ks(on: tasks).compactMap { passAtK(model, on: tasks, k: $0) }
  }

  func scores(on tasks: String) -> [ScoreRecord] { scores.filter { $0.tasks == tasks } }

  /// The scores of metrics other than pass@k.
  var others: [ScoreRecord] { scores.filter { $0.k == nil } }

  static func inOrder(_ names: [String]) -> [String] {
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }
  }

  /// Formats a range of numbers as "1,319", or as "1,000 to 1,319" if they differ.
  static func span(_ numbers: [Int]) -> String {
    guard let low = numbers.min(), let high = numbers.max() else { return NumberText.missing }
    return low == high ? NumberText.count(low) : "\(NumberText.count(low)) to \(NumberText.count(high))"
  }
}

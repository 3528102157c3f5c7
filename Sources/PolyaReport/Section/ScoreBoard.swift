internal import PolyaRecords

/// Scores in the order of arms and task sets that every section shares.
struct ScoreBoard {
  /// Models in order of appearance; the place of a model is its line style.
  let models: [String]
  /// Task sets in order of appearance, those in distribution first.
  let taskSets: [TaskSetRecord]
  /// Task sets of which nothing but the name is known have no note to show.
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

  /// The line style of a model; models that have no scores take the styles behind those that have.
  func style(of model: String) -> Int { models.firstIndex(of: model) ?? models.count }

  /// The values of k that any model has on a task set, ascending.
  func ks(on tasks: String) -> [Int] {
    Set(scores.filter { $0.tasks == tasks }.compactMap(\.k)).sorted()
  }

  func passAtK(_ model: String, on tasks: String, k: Int) -> ScoreRecord? {
    scores.first { $0.model == model && $0.tasks == tasks && $0.k == k }
  }

  /// The scores of a model on a task set that have a k, by ascending k.
  func curve(_ model: String, on tasks: String) -> [ScoreRecord] {
    ks(on: tasks).compactMap { passAtK(model, on: tasks, k: $0) }
  }

  func scores(on tasks: String) -> [ScoreRecord] { scores.filter { $0.tasks == tasks } }

  /// Everything that is not pass@k.
  var others: [ScoreRecord] { scores.filter { $0.k == nil } }

  static func inOrder(_ names: [String]) -> [String] {
    var seen = Set<String>()
    return names.filter { seen.insert($0).inserted }
  }

  /// "1,319", or "1,000 to 1,319" where the numbers differ.
  static func span(_ numbers: [Int]) -> String {
    guard let low = numbers.min(), let high = numbers.max() else { return NumberText.missing }
    return low == high ? NumberText.count(low) : "\(NumberText.count(low)) to \(NumberText.count(high))"
  }
}

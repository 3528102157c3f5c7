internal import PolyaRecords

/// The scores, with the order of arms and task sets that all sections share.
struct ScoreBoard {
  /// The models in order of appearance. The index of a model is its line style.
  let models: [String]
  /// The task sets in order of appearance, with those in distribution first.
  let taskSets: [TaskSetRecord]
  /// The task sets that have a description; the others are shown without a note.
  let describedNames: Set<String>
  /// Scores of all questions of a task set, and those of questions of one kind.
  private let scores, byKind: [ScoreRecord]

  init(_ report: Report) {
    scores = report.scores.filter { $0.kind == nil }
    byKind = report.scores.filter { $0.kind != nil }
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

  /// Returns the pass@k scores of a model on a task set, by ascending k.
  func curve(_ model: String, on tasks: String) -> [ScoreRecord] {
    ks(on: tasks).compactMap { score(model, on: tasks, "pass@\($0)") }
  }

  /// Returns the models whose curves are drawn: an arm of several training seeds stands for them.
  var drawn: [String] {
    let seeds = Set(scores.flatMap(\.seeds))
    return models.filter { !seeds.contains($0) }
  }

  /// Returns the number of training seeds of an arm; 1 for a model.
  func seedCount(of model: String) -> Int {
    max(scores.first { $0.model == model }?.seeds.count ?? 0, 1)
  }

  func scores(on tasks: String) -> [ScoreRecord] { scores.filter { $0.tasks == tasks } }

  /// Returns the scores of the questions of single kinds on a task set.
  func scoresByKind(on tasks: String) -> [ScoreRecord] { byKind.filter { $0.tasks == tasks } }

  /// Returns the metrics of a task set that are shares: pass@k by ascending k, then the others.
  func shares(on tasks: String) -> [String] {
    let names = Self.inOrder(scores(on: tasks).map(\.metric)).filter(ShareMetric.contains)
    return ks(on: tasks).map { "pass@\($0)" } + names.filter { !$0.hasPrefix("pass@") }
  }

  func score(_ model: String, on tasks: String, _ metric: String) -> ScoreRecord? {
    scores.first { $0.model == model && $0.tasks == tasks && $0.metric == metric }
  }

  /// The scores of metrics that are no shares.
  var others: [ScoreRecord] { scores.filter { !ShareMetric.contains($0.metric) } }

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

package import PolyaRecords

/// What is scored and compared under one name: a model, or several that differ only in their training seeds.
package struct EvaluatedArm: Sendable {
  /// The name in scores and comparisons.
  package let name: String
  /// The names of the models that are its training seeds; empty for one model.
  package let seeds: [String]
  /// The records of each model, of the same questions in the same order.
  package let records: [[EvaluationRecord]]

  /// Creates an arm of one model.
  package init(_ model: String, _ records: [EvaluationRecord]) {
    name = model
    seeds = []
    self.records = [records]
  }

  /// Creates an arm of several training seeds.
  package init(_ name: String, seeds: [(model: String, records: [EvaluationRecord])]) {
    self.name = name
    self.seeds = seeds.map(\.model)
    records = seeds.map(\.records)
  }

  /// The kinds of the questions in order of appearance, without that of questions that have none.
  var kinds: [String] {
    records[0].map(\.kind).reduce(into: []) { if !$1.isEmpty, !$0.contains($1) { $0.append($1) } }
  }

  /// The smallest number of verdicts of a question.
  func fewestVerdicts(_ kind: String?) -> Int {
    records.joined().filter { kind == nil || $0.kind == kind }.map(\.scored).min() ?? 0
  }

  /// The model of a seed and its records; the seeds begin again where an arm has fewer.
  func seed(_ number: Int) -> (name: String, records: [EvaluationRecord]) {
    let place = number % records.count
    return (seeds.isEmpty ? name : seeds[place], records[place])
  }
}

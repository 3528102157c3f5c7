import PolyaCore

/// A reward that is a function.
final class RuleReward: Reward {
  let id = "test.rule"
  let range = 0.0...10.0
  private let rule: ([Answer]) -> [Verdict]

  /// Judges all answers of a step at once.
  init(_ rule: @escaping ([Answer]) -> [Verdict]) { self.rule = rule }

  /// The score of each answer by itself.
  convenience init(each score: @escaping (String) -> Double) {
    self.init { answers in
      answers.map {
        .scored(score(String(decoding: $0.completion, as: UTF8.self)), extracted: "", notes: [])
      }
    }
  }

  func score(_ answers: [Answer], seed: UInt64) -> [Verdict] { rule(answers) }
}

/// Keeps what a training tells.
final class RecordingObserver: StageObserver {
  struct Metric: Hashable {
    let name: MetricName
    let step: Int
  }

  private(set) var metrics: [Metric: Double] = [:]
  private(set) var warnings: [String] = []

  subscript(name: MetricName, step: Int) -> Double? { metrics[Metric(name: name, step: step)] }

  func metric(_ name: MetricName, _ value: Double, step: Int) {
    metrics[Metric(name: name, step: step)] = value
  }
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) { warnings.append(message) }
  func checkStop() {}
}

/// What ends a training in the middle.
struct Interruption: Error {}

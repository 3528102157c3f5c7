internal import PolyaRecords

extension ScoreRecord {
  /// The k of `pass@k`, whose values are drawn as a curve over k; nil for every other metric.
  var k: Int? {
    guard metric.hasPrefix("pass@"), let k = Int(metric.dropFirst(5)), k >= 1 else { return nil }
    return k
  }
}

/// Metrics whose values are shares in 0...1, shown as percentages.
enum ShareMetric {
  static func contains(_ metric: String) -> Bool {
    metric.hasPrefix("pass@") || metric.hasPrefix("maj@") || metric == "greedy"
  }
}

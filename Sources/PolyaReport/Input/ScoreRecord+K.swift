internal import PolyaRecords

extension ScoreRecord {
  /// The k of `pass@k`, whose values are shares in 0...1 and are drawn as a curve over k; nil for every other
  /// metric.
  var k: Int? {
    guard metric.hasPrefix("pass@"), let k = Int(metric.dropFirst(5)), k >= 1 else { return nil }
    return k
  }
}

internal import PolyaRecords

extension ScoreRecord {
  /// The K of `pass@K`, a share in 0...1 that is drawn as a curve over K; nil for every other metric.
  var k: Int? {
    guard metric.hasPrefix("pass@"), let k = Int(metric.dropFirst(5)), k >= 1 else { return nil }
    return k
  }
}

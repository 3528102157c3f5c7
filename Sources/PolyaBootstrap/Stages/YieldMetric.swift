internal import PolyaCore
internal import PolyaRecords

/// Records the cumulative share of right candidates after each shard, in shard order, even if shards finish
/// in another order.
struct YieldMetric {
  private var waiting: [Int: (right: Int, all: Int)] = [:]
  private var next = 0
  private var right = 0
  private var all = 0

  mutating func add(_ candidates: [CandidateRecord], of shard: Int, to observer: any StageObserver) {
    waiting[shard] = (candidates.count { $0.outcome == .right }, candidates.count)
    while let counts = waiting.removeValue(forKey: next) {
      right += counts.right
      all += counts.all
      observer.metric(.verified, Double(right) / Double(max(all, 1)), step: next)
      next += 1
    }
  }
}

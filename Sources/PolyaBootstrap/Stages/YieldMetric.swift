internal import PolyaCore
internal import PolyaRecords

/// The share of right candidates after each shard, in the order of the shards, whenever they are done.
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

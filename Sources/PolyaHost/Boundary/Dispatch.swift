internal import CPolya
internal import Glibc
internal import PolyaCore

extension PluginHost {
  /// Nanoseconds of one call into a reward with an empty batch: what the boundary itself costs.
  public func dispatchNanoseconds(_ reference: PluginReference) throws -> Double {
    let instance = try instance(reference, kind: POLYA_REWARD)
    let score = try instance.required(try instance.table(as: PolyaReward.self).score, "score")
    let calls = 200_000
    func seconds() -> Double {
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
    let start = seconds()
    for _ in 0..<calls {
      instance.frame.begin(seed: 0)
      guard score(instance.raw, UnsafePointer(instance.frame.raw), PolyaRows(), PolyaRowsMut()) == 0 else {
        throw instance.misbehaved("score fails on an empty batch")
      }
    }
    return (seconds() - start) / Double(calls) * 1e9
  }
}

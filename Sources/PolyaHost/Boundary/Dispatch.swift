internal import CPolya
internal import PolyaCore

extension PluginHost {
  /// Nanoseconds of one call into a reward with an empty batch: what the boundary itself costs where the plugin is
  /// placed.
  public func dispatchNanoseconds(_ reference: PluginReference, calls: Int) throws -> Double {
    let instance = try instance(reference, kind: POLYA_REWARD)
    try instance.require(.score)
    let start = monotonicNanoseconds()
    for _ in 0..<calls {
      try instance.call(.score) { _ in
        CallRows()
      } _: { _ in
      }
    }
    return Double(monotonicNanoseconds() - start) / Double(calls)
  }
}

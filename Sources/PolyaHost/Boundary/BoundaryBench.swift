internal import CPolya
internal import PolyaCore

/// The cost of the boundary between host and plugins, as median times. Tests never assert these.
package struct BoundaryFigures: Sendable {
  /// One call with an empty batch in the host's process.
  package var dispatchNanoseconds: Double
  /// One row in a batch of 256 short answers, from the host's values to the plugin's and back.
  package var rowNanoseconds: Double
  /// One call with an empty batch to a worker and back.
  package var roundTripMicroseconds: Double
  /// The rate at which answers reach a worker, in batches of 256 answers of 64 KiB.
  package var workerGigabytesPerSecond: Double
  /// The time to create an instance in a new worker.
  package var workerStartMilliseconds: Double
  /// The time from a call that crashes the plugin until the host notices; nil if it was not measured.
  package var crashMilliseconds: Double?
}

extension PluginHost {
  /// Measures the boundary with a reward that does as little as possible.
  ///
  /// - Parameters:
  ///  - crashOn: A completion that crashes the reward; nil skips that measurement.
  ///  - reference: The reward; its isolation is ignored.
  package func measureBoundary(_ reference: PluginReference, crashOn: String?) throws -> BoundaryFigures {
    var (local, remote) = (reference, reference)
    local.isolation = .host
    remote.isolation = .process
    let here = try instance(local, kind: POLYA_REWARD)
    let there = try instance(remote, kind: POLYA_REWARD)
    let (hereReward, thereReward) = (try HostedReward(here), try HostedReward(there))
    let short = Self.answers(256, String(repeating: "x", count: 64))
    let long = Self.answers(256, String(repeating: "x", count: 64 << 10))
    let bytes = Double(256 * 64 << 10)
    return BoundaryFigures(
      dispatchNanoseconds: try Self.median(calls: 200_000) { try Self.callEmpty(here) },
      rowNanoseconds: try Self.median(calls: 200) { _ = try hereReward.score(short, seed: 0) } / 256,
      roundTripMicroseconds: try Self.median(calls: 2000) { try Self.callEmpty(there) } / 1e3,
      workerGigabytesPerSecond: bytes
        / (try Self.median(calls: 5) { _ = try thereReward.score(long, seed: 0) }),
      workerStartMilliseconds: try Self.median(calls: 5) { _ = try instance(remote, kind: POLYA_REWARD) }
        / 1e6,
      crashMilliseconds: try crashOn.map { word in
        try Self.median((0..<5).map { _ in try crash(remote, word) }) / 1e6
      })
  }

  private static func callEmpty(_ instance: PluginInstance) throws {
    try instance.call(.score) { _ in
      CallRows()
    } _: { _ in
    }
  }

  /// Returns the nanoseconds of a call that crashes the plugin.
  private func crash(_ reference: PluginReference, _ completion: String) throws -> Double {
    let instance = try instance(reference, kind: POLYA_REWARD)
    var item = PolyaRewardItem()
    let start = MonotonicClock.nanoseconds()
    do {
      _ = try instance.attempt(.score, seed: 0) { frame in
        item.completion = frame.text(completion)
        return CallRows(
          input: frame.rows([item]), output: frame.output(1, of: PolyaRewardResult.self).rows)
      } marks: { _ in
        nil
      }
    } catch is PluginDeath { return Double(MonotonicClock.nanoseconds() - start) }
    throw instance.misbehaved("it does not crash when told to")
  }

  private static func answers(_ count: Int, _ text: String) -> [Answer] {
    let task = Task(key: "bench", question: "", reference: "1", referenceKind: "math")
    return (0..<count).map { Answer(id: UInt64($0), groupID: 0, task: task, completion: Array(text.utf8)) }
  }

  /// Returns the nanoseconds per call, the median of five series.
  private static func median(calls: Int, _ body: () throws -> Void) throws -> Double {
    try body()
    return try median(
      (0..<5).map { _ in
        let start = MonotonicClock.nanoseconds()
        for _ in 0..<calls { try body() }
        return Double(MonotonicClock.nanoseconds() - start) / Double(calls)
      })
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

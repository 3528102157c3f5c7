internal import CPolya
internal import PolyaCore

/// What the boundary between host and plugins costs. Medians; times, never asserted by a test.
package struct BoundaryFigures: Sendable {
  /// One call with an empty batch, in the host's process.
  package var dispatchNanoseconds: Double
  /// One row of a batch of 256 short answers, from the host's values to the plugin's and back.
  package var rowNanoseconds: Double
  /// One call with an empty batch, to a worker and back.
  package var roundTripMicroseconds: Double
  /// Bytes of answers that reach a worker, 256 answers of 64 KiB a batch.
  package var workerGigabytesPerSecond: Double
  /// From nothing to an instance in a worker.
  package var workerStartMilliseconds: Double
  /// From a call in which the plugin crashes to the host's notice; nil: it was not asked to.
  package var crashMilliseconds: Double?
}

extension PluginHost {
  /// Measures with a reward that does as little as possible.
  ///
  /// - Parameters:
  ///   - crashOn: a completion that brings the reward down; nil: there is none.
  ///   - reference: the reward; where it runs is decided here.
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

  /// Nanoseconds of the call in which the plugin crashes.
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
    throw instance.misbehaved("it does not crash when it is told to")
  }

  private static func answers(_ count: Int, _ text: String) -> [Answer] {
    let task = Task(key: "bench", question: "", reference: "1", referenceKind: "math")
    return (0..<count).map { Answer(id: UInt64($0), groupID: 0, task: task, completion: Array(text.utf8)) }
  }

  /// Nanoseconds a call, the median of five series.
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

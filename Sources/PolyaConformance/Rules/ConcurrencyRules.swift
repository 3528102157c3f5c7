internal import PolyaCore
internal import Synchronization

/// Rules about threads, according to what the plugin declares.
enum ConcurrencyRules {
  static let all = [
    RuleCheck("concurrency.instances", .must, "Unless it is SERIAL_MODULE, instances work side by side.") {
      bench in
      guard !(try bench.subject().isSerialInModule) else {
        throw NotApplicable("its whole module is serial")
      }
      return try together(bench, try (0..<4).map { _ in try bench.instance() })
    },
    RuleCheck("concurrency.interrupt", .must, "interrupt() returns at once, and later calls work as before.")
    { bench in
      let instance = try bench.instance()
      guard instance.subject.hasInterrupt else { throw NotApplicable("it has no interrupt()") }
      let function = try bench.functions(instance)[0]
      let inputs = try bench.plain(function, instance)
      let wanted = try bench.stable(instance, function, inputs)
      let start = MonotonicClock.seconds()
      instance.interrupt()
      let seconds = MonotonicClock.seconds() - start
      try require(seconds < 0.1, "interrupt() takes \(Int(seconds * 1000)) ms, but the limit is 10 ms")
      let after = try instance.call(function, inputs)
      try require(
        after.status == 0 && after.rows == wanted.rows,
        "after interrupt(), \(function.role.rawValue) returns status \(after.status)")
      // Calls during an interrupt may end CANCELLED; only later calls count.
      let work = ConcurrentWork(instances: [instance], functions: [function])
      Parallel.run(2) { index in
        for _ in 0..<20 {
          if index == 0 { instance.interrupt() } else { _ = work.gives(wanted.rows, 0, inputs) }
        }
      }
      try require(
        try instance.call(function, inputs).rows == wanted.rows,
        "results differ after interrupts during calls")
      return nil
    },
  ]

  /// The seconds for which concurrent calls of one function continue.
  private static let seconds = 1.5

  /// Runs every instance on its own thread and compares the results with those it gave alone.
  private static func together(_ bench: Bench, _ instances: [Instance]) throws -> String? {
    for function in try bench.functions(instances[0]) {
      let inputs = try bench.plain(function, instances[0], count: 64)
      let functions = try instances.map { try $0.function(function.role) }
      let wanted = try zip(instances, functions).map { try bench.stable($0, $1, inputs).rows }
      let calls = Mutex((wrong: 0, all: 0))
      let work = ConcurrentWork(instances: instances, functions: functions)
      let end = MonotonicClock.seconds() + seconds
      Parallel.run(instances.count) { index in
        var round = 0
        // Races appear by chance, so more calls are more reliable.
        while round < 3 || (MonotonicClock.seconds() < end && calls.withLock { $0.wrong == 0 }) {
          let isRight = work.gives(wanted[index], index, inputs)
          calls.withLock { $0 = ($0.wrong + (isRight ? 0 : 1), $0.all + 1) }
          round += 1
        }
      }
      let (wrong, all) = calls.withLock { $0 }
      try require(
        wrong == 0,
        "\(wrong) of \(all) calls of \(function.role.rawValue) differ from the results when called alone")
    }
    return nil
  }
}

internal import PolyaCore

/// Rules about the ownership and amount of memory.
enum MemoryRules {
  static let all = [
    RuleCheck(
      "memory.arena-limit", .must, "When alloc() gives NULL the call ends OUT_OF_MEMORY, or does without.",
      needs: [.arena]
    ) {
      bench in
      let instance = try bench.instance()
      for function in try bench.functions(instance) {
        let inputs = try bench.plain(function, instance, count: 8)
        let whole = try bench.stable(instance, function, inputs)
        for limit in Set([0, 3, max(0, whole.arenaBytes - 1)]) {
          var settings = CallSettings()
          settings.memoryLimit = limit
          let result = try instance.call(function, inputs, settings)
          for status in [result.status] + result.statuses {
            try require(
              [0, 8].contains(status) || whole.statuses.contains(status),
              "\(function.role.rawValue) returns status \(status) when the arena has \(limit) bytes")
          }
        }
      }
      return nil
    },
    RuleCheck(
      "memory.result-pointers", .must,
      "Results lie in the inputs, in alloc() memory or in the module, and are aligned."
    ) { bench in
      try Faults.refuse("memory.result-pointers", bench)
    },
    RuleCheck(
      "memory.growth", .should, "Calls, and instances that come and go, do not make the process grow."
    ) { bench in
      try growth(bench)
    },
    RuleCheck("memory.freed", .must, "No result depends on memory that is freed, or was never written.") {
      bench in
      try freed(bench)
    },
    RuleCheck(
      "memory.handles", .must,
      "destroy() closes every file and ends every thread and process of its instance."
    ) {
      bench in
      _ = try bench.instance()
      let before = try ProcessState.now()
      let had = try ProcessState.children()
      for _ in 0..<5 {
        let instance = try bench.instance()
        for function in try bench.functions(instance) {
          _ = try instance.call(function, try bench.plain(function, instance, count: 4))
        }
      }
      let after = try ProcessState.now()
      let left = after.descriptors.filter { !before.descriptors.contains($0) }
      try require(left.isEmpty, "still open after destroy: \(left.prefix(4).joined(separator: ", "))")
      try require(
        after.threads <= before.threads, "\(after.threads - before.threads) threads still run after destroy")
      let children = try ProcessState.children()
      try require(children <= had, "\(children - had) child processes still run after destroy")
      return nil
    },
  ]

  /// Compares two instances whose heaps are filled differently, so that reading uninitialized memory gives
  /// different results.
  private static func freed(_ bench: Bench) throws -> String? {
    let plain = try bench.instance()
    for function in try bench.functions(plain) {
      let inputs = try bench.plain(function, plain)
      let wanted = try bench.stable(plain, function, inputs)
      let other = try bench.instance()
      guard try other.call(try other.function(function.role), inputs).rows == wanted.rows else {
        throw NotApplicable("another instance gives other results; determinism.instance must pass first")
      }
      for byte: UInt8 in [0x55, 0xFE] {
        guard Heap.fill(byte) else { throw NotApplicable("the heap is not that of glibc") }
        let instance = try bench.instance()
        let result = try instance.call(try instance.function(function.role), inputs)
        _ = Heap.fill(0)
        guard let row = result.rows.indices.first(where: { result.rows[$0] != wanted.rows[$0] }) else {
          continue
        }
        throw Violation(
          "\(function.role.rawValue), row \(row) depends on how the heap fills its memory: first "
            + "\(wanted.rows[row].prefix(100)), then \(result.rows[row].prefix(100))")
      }
    }
    return nil
  }

  private static func growth(_ bench: Bench) throws -> String? {
    let start = MonotonicClock.seconds()
    var rounds = 0
    func round() throws {
      let instance = try bench.instance()
      for function in try bench.functions(instance) {
        let inputs = try bench.plain(function, instance, count: 16)
        for _ in 0..<8 { _ = try instance.call(function, inputs) }
      }
      rounds += 1
    }
    while rounds < 4 { try round() }
    Heap.trim()
    let before = try ProcessState.anonymousMemory()
    var used = Heap.bytesInUse() ?? 0
    // The growth in each round. A cache eventually stops growing, whereas a leak grows in every round.
    var steps: [Int] = []
    rounds = 0
    // On a busy machine, what other threads free late can look like growth for a while.
    func isSteady() -> Bool { steps.contains { $0 <= 0 } }
    while rounds < (isSteady() ? 16 : 64), MonotonicClock.seconds() - start < (isSteady() ? 3 : 12) {
      try round()
      let now = Heap.bytesInUse() ?? 0
      steps.append(now - used)
      used = now
    }
    let what = "\(rounds) instances with 8 calls of each function leave"
    Heap.trim()
    let grown = try ProcessState.anonymousMemory() - before
    try require(grown < max(4 << 20, rounds * 65_536), "\(what) \(grown >> 10) KiB behind")
    try require(
      rounds < 8 || isSteady(),
      "\(what) \(steps.reduce(0, +)) bytes of the heap behind, at least \(steps.min() ?? 0) in each round")
    return nil
  }
}

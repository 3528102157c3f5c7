internal import PolyaCore

/// Whose memory is whose, and how much of it.
enum MemoryRules {
  static let all = [
    RuleCheck(
      "memory.arena-limit", .must, "When alloc() gives NULL the call ends OUT_OF_MEMORY, or does without."
    ) {
      bench in
      let instance = try bench.instance()
      for function in try bench.functions(instance) {
        let inputs = try bench.plain(function, instance, count: 8)
        let whole = try instance.call(function, inputs)
        for limit in Set([0, 3, max(0, whole.arenaBytes - 1)]) {
          var settings = CallSettings()
          settings.memoryLimit = limit
          let result = try instance.call(function, inputs, settings)
          for status in [result.status] + result.statuses {
            try require(
              [0, 8].contains(status) || whole.statuses.contains(status),
              "\(function.role.rawValue) gives status \(status) when the arena has \(limit) bytes")
          }
        }
      }
      return nil
    },
    RuleCheck(
      "memory.result-pointers", .must, "Results lie in the inputs, in alloc() memory or in the module."
    ) { bench in
      try Faults.refuse("memory.result-pointers", bench)
    },
    RuleCheck(
      "memory.growth", .should, "Calls, and instances that come and go, do not make the process grow."
    ) { bench in
      try growth(bench)
    },
    RuleCheck("memory.handles", .must, "destroy() closes every file and ends every thread of its instance.") {
      bench in
      _ = try bench.instance()
      let before = try ProcessState.now()
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
        after.threads <= before.threads, "\(after.threads - before.threads) threads live on after destroy")
      return nil
    },
  ]

  private static func growth(_ bench: Bench) throws -> String? {
    let start = Clock.now()
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
    let before = try ProcessState.anonymousMemory()
    rounds = 0
    while rounds < 16, Clock.now() - start < 3 { try round() }
    let grown = try ProcessState.anonymousMemory() - before
    try require(
      grown < max(4 << 20, rounds * 65_536),
      "\(rounds) instances with 8 calls of each function leave \(grown >> 10) KiB behind")
    return nil
  }
}

/// Rules that are decided while results are read.
enum Faults {
  /// Calls every function with plain and broken texts, and fails with the first breach of this rule.
  static func refuse(_ rule: String, _ bench: Bench, _ roles: [Role]? = nil) throws -> String? {
    let instance = try bench.instance()
    let facts = try instance.facts()
    if let fault = facts.faults.first(where: { $0.rule == rule }) { throw Violation(fault.message) }
    let texts = Corpus.plain(24) + HostileTexts.harmless
    for function in try instance.functions() where roles?.contains(function.role) ?? true {
      let result = try instance.call(function, try bench.inputs(function, instance, texts))
      if let fault = result.faults.first(where: { $0.rule == rule }) { throw Violation(fault.message) }
    }
    return nil
  }

  static func check(
    _ rule: String, _ level: ConformanceRule.Level, _ sentence: String, _ kind: PluginKind,
    _ roles: [Role]? = nil
  ) -> RuleCheck {
    RuleCheck(rule, level, sentence, kind) { bench in
      if let roles {
        let instance = try bench.instance()
        guard try instance.functions().contains(where: { roles.contains($0.role) }) else {
          throw NotApplicable("it has no function \(roles.map(\.rawValue).joined(separator: " or "))")
        }
      }
      return try refuse(rule, bench, roles)
    }
  }
}

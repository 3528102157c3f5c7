/// Rules about task sources: places, keys, splits, and demonstrations.
enum TasksRules {
  private static let notFound: Int32 = 5

  static let all = [
    Faults.check(
      "tasks.describe", .must, "Splits have unique names, and there is one; heuristics have unique ids.",
      .tasks, []),
    Faults.check(
      "tasks.content", .must, "A task has a key, a question, a finite level, and texts in UTF-8.", .tasks,
      [.produce]),
    RuleCheck("tasks.past-end", .must, "An index past the end of a split is NOT_FOUND.", .tasks) { bench in
      let instance = try bench.instance()
      let bounded = try instance.facts().splits.filter { $0.count > 0 }
      guard !bounded.isEmpty else { throw NotApplicable("all its splits are unbounded") }
      try tryOut(bench, instance)
      for split in bounded {
        for index in [split.count, split.count + 7, .max] {
          try isNotFound(
            instance, split.name, index, "index \(index) of '\(split.name)', which has \(split.count) tasks,")
        }
      }
      return nil
    },
    RuleCheck("tasks.unknown-split", .must, "A split that is not described is NOT_FOUND.", .tasks) { bench in
      let instance = try bench.instance()
      try tryOut(bench, instance)
      for name in ["", "no-such-split", "train\0", "%n"] {
        guard !(try instance.facts().splits.contains { $0.name == name }) else { continue }
        try isNotFound(instance, name, 0, "the split '\(name)'")
      }
      return nil
    },
    RuleCheck(
      "tasks.far-index", .must, "Any index of an unbounded split is served, or refused by a status.", .tasks
    ) { bench in
      let instance = try bench.instance()
      let function = try instance.function(.produce)
      let unbounded = try instance.facts().splits.filter { $0.count == 0 }
      guard !unbounded.isEmpty else { throw NotApplicable("all its splits are bounded") }
      try tryOut(bench, instance)
      for split in unbounded {
        for index in [1 << 32, UInt64(Int64.max), .max] {
          _ = try instance.call(function, [.place(split: Array(split.name.utf8), index: index, seed: .max)])
        }
      }
      return nil
    },
    RuleCheck("tasks.unique-keys", .must, "No two tasks of the source share a key.", .tasks) { bench in
      var places: [String: String] = [:]
      try eachTask(bench, seeds: [bench.seed]) { key, _, place in
        if let other = places[key] {
          throw Violation("the key '\(key)' belongs to both \(other) and \(place)")
        }
        places[key] = place
      }
      return nil
    },
    RuleCheck("tasks.disjoint-splits", .must, "No question stands in two splits, whatever the seed.", .tasks)
    { bench in
      guard try bench.instance().facts().splits.count > 1 else { throw NotApplicable("it has one split") }
      var splits: [String: String] = [:]
      try eachTask(bench, seeds: [bench.seed, 1, 2]) { _, question, place in
        // A question that is missing or not UTF-8 is left to tasks.content.
        guard !question.isEmpty, !question.contains("\u{FFFD}") else { return }
        let split = String(place.prefix { $0 != "/" })
        if let other = splits[question], other != split {
          throw Violation("'\(question.prefix(80))' is in both '\(other)' and '\(split)'")
        }
        splits[question] = split
      }
      return nil
    },
    RuleCheck("tasks.pure", .must, "A task is a function of (split, index, seed), not of the call.", .tasks) {
      bench in
      let instance = try bench.instance()
      let function = try instance.function(.produce)
      let inputs = try bench.plain(function, instance)
      let wanted = try bench.stable(instance, function, inputs)
      var settings = CallSettings()
      settings.seed = 99
      try require(
        try instance.call(function, inputs, settings).rows == wanted.rows,
        "tasks change with the seed of the call")
      return nil
    },
    Faults.check(
      "tasks.demonstrations", .must,
      "A demonstration that is OK is a text; one that does not fit is UNSUPPORTED.", .tasks,
      [.demonstrate]),
    RuleCheck(
      "tasks.heuristics", .should, "Every heuristic of describe() is demonstrated on some task.", .tasks
    ) { bench in
      let instance = try bench.instance()
      let facts = try instance.facts()
      guard !facts.heuristics.isEmpty else { throw NotApplicable("it demonstrates nothing") }
      let function = try instance.function(.demonstrate)
      for heuristic in facts.heuristics {
        let inputs = facts.splits.flatMap { split in
          (0..<sampleSize(split, 48)).map {
            Input.demonstration(
              split: Array(split.name.utf8), index: UInt64($0), seed: bench.seed,
              heuristic: Array(heuristic.utf8))
          }
        }
        let given = try bench.templates(function, instance).map(\.input).filter { input in
          guard case .demonstration(_, _, _, let name) = input else { return false }
          return name == Array(heuristic.utf8)
        }
        let result = try instance.call(function, inputs + given)
        try require(
          result.statuses.contains(0), "'\(heuristic)' fits none of \(inputs.count) tasks")
      }
      return nil
    },
  ]

  /// Tries ordinary tasks first, since a source that refuses everything would also refuse what it should.
  private static func tryOut(_ bench: Bench, _ instance: Instance) throws {
    let function = try instance.function(.produce)
    _ = try instance.call(function, try bench.plain(function, instance))
  }

  private static func sampleSize(_ split: SplitFacts, _ limit: Int) -> Int {
    split.count == 0 ? limit : min(limit, Int(clamping: split.count))
  }

  private static func isNotFound(_ instance: Instance, _ split: String, _ index: UInt64, _ what: String)
    throws
  {
    let result = try instance.call(
      try instance.function(.produce), [.place(split: Array(split.utf8), index: index, seed: 1)])
    let status = result.status != 0 ? result.status : result.statuses[0]
    try require(status == notFound, "\(what) returns status \(status) instead of NOT_FOUND (5)")
  }

  private static func eachTask(
    _ bench: Bench, seeds: [UInt64],
    _ body: (_ key: String, _ question: String, _ place: String) throws -> Void
  ) throws {
    let instance = try bench.instance()
    let function = try instance.function(.produce)
    for row in try bench.templates(function, instance) {
      guard case .place(let split, let index, let seed) = row.input else { continue }
      let name = String(decoding: split, as: UTF8.self)
      // The places tested further down are skipped here.
      guard index >= 200 || !seeds.contains(seed) else { continue }
      let lines = try instance.call(function, [row.input]).rows[0].split(
        separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
      guard lines.count > 1, !lines[0].isEmpty else { continue }
      try body(String(lines[0]), String(lines[1]), "\(name)/\(index) (seed \(seed))")
    }
    for seed in seeds {
      for split in try instance.facts().splits {
        let inputs = (0..<sampleSize(split, 200)).map {
          Input.place(split: Array(split.name.utf8), index: UInt64($0), seed: seed)
        }
        let result = try instance.call(function, inputs)
        for (index, row) in result.rows.enumerated() where !row.isEmpty && !row.hasPrefix("\n") {
          let lines = row.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
          try body(
            String(lines[0]), lines.count > 1 ? String(lines[1]) : "", "\(split.name)/\(index) (seed \(seed))"
          )
        }
      }
    }
  }
}

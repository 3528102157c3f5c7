internal import PolyaCore

/// Rules that the same question gets the same answer, however it is asked.
enum DeterminismRules {
  static let all = [
    compare("repeat", "The same call gives the same result again, whatever its call_id.") {
      _, instance, function, inputs in
      var settings = CallSettings()
      settings.callID = 2
      return try instance.call(function, inputs, settings).rows
    },
    compare("order", "The order of the rows does not matter.") { _, instance, function, inputs in
      try reversed(instance, function, inputs)
    },
    compare("batch-split", "How rows are split into batches does not matter.") {
      bench, instance, function, inputs in
      let random = bench.random
      let whole = try instance.call(function, inputs).rows
      guard try reversed(instance, function, inputs) == whole else {
        throw NotApplicable("the order of the rows matters; determinism.order must pass first")
      }
      for attempt in 0..<3 {
        var rows: [String] = []
        while rows.count < inputs.count {
          let count = attempt == 0 ? 1 : 1 + random.below(5, UInt64(rows.count + attempt * 1000))
          let end = border(inputs, rows.count + count, instance)
          rows += try instance.call(function, Array(inputs[rows.count..<end])).rows
        }
        if rows != whole { return rows }
      }
      return whole
    },
    compare("instance", "Another instance with the same options gives the same results.") {
      bench, _, function, inputs in
      let other = try bench.instance()
      return try other.call(try other.function(function.role), inputs).rows
    },
    compare("threads", "The number of threads that a call may use does not matter.") {
      _, instance, function, inputs in
      var settings = CallSettings()
      settings.threads = 8
      return try instance.call(function, inputs, settings).rows
    },
    RuleCheck("determinism.seed", .info, "Whether another seed gives other results.") { bench in
      let instance = try bench.instance()
      let changed = try bench.functions(instance).filter { function in
        let inputs = try bench.plain(function, instance)
        var settings = CallSettings()
        settings.seed = 2
        let first = try instance.call(function, inputs).rows
        return try instance.call(function, inputs, settings).rows != first
      }
      return changed.isEmpty
        ? "it does not" : "it does in \(changed.map(\.role.rawValue).joined(separator: ", "))"
    },
  ]

  private static func compare(
    _ name: String, _ sentence: String,
    _ other: @escaping @Sendable (Bench, Instance, WorkFunction, [Input]) throws -> [String]
  ) -> RuleCheck {
    RuleCheck("determinism.\(name)", .must, sentence) { bench in
      let instance = try bench.instance()
      guard !instance.subject.isNondeterministic else {
        throw NotApplicable("it declares itself nondeterministic")
      }
      for function in try bench.functions(instance) {
        let inputs = try bench.plain(function, instance)
        let first =
          name == "repeat"
          ? try repeated(instance, function, inputs) : try bench.stable(instance, function, inputs)
        let second = try other(bench, instance, function, inputs)
        guard let row = zip(first.rows, second).enumerated().first(where: { $1.0 != $1.1 }) else { continue }
        throw Violation(
          "\(function.role.rawValue), row \(row.offset): first \(row.element.0.prefix(120)), then \(row.element.1.prefix(120))"
        )
      }
      return nil
    }
  }

  private static func reversed(_ instance: Instance, _ function: WorkFunction, _ inputs: [Input]) throws
    -> [String]
  {
    try instance.call(function, inputs.reversed()).rows.reversed()
  }

  /// Returns where a batch may end: anywhere, or between groups if the plugin needs whole groups.
  private static func border(_ inputs: [Input], _ end: Int, _ instance: Instance) -> Int {
    var end = end
    while end < inputs.count, instance.subject.wantsWholeGroups, let group = inputs[end].group,
      inputs[end - 1].group == group
    {
      end += 1
    }
    return min(end, inputs.count)
  }

  /// Repeats calls, since some defects take more than two calls to appear.
  private static func repeated(_ instance: Instance, _ function: WorkFunction, _ inputs: [Input]) throws
    -> CallResult
  {
    let first = try instance.call(function, inputs)
    for _ in 0..<3 {
      let again = try instance.call(function, inputs)
      guard let row = first.rows.indices.first(where: { first.rows[$0] != again.rows[$0] }) else { continue }
      throw Violation(
        "\(function.role.rawValue), row \(row): first \(first.rows[row].prefix(120)), "
          + "then \(again.rows[row].prefix(120))")
    }
    return first
  }
}

extension Input {
  /// The group of an answer.
  fileprivate var group: String? {
    guard case .answer(let answer) = self else { return nil }
    return answer.group
  }
}

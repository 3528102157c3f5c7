/// Rules about stopping: on request, in time, and without harm.
enum StopRules {
  private static let cancelled: Int32 = 1
  private static let timedOut: Int32 = 2

  static let all = [
    RuleCheck("stop.before", .must, "A call that is stopped before it starts returns what stop() says.") {
      bench in
      let (instance, function, inputs) = try work(bench)
      _ = try instance.call(function, inputs)
      let result = try stopped(instance, function, inputs, after: 0, status: cancelled)
      try require(
        result.status == cancelled,
        "\(function.role.rawValue) of \(inputs.count) rows returns status \(result.status), "
          + "although stop() returned CANCELLED at its first poll; it polled \(result.polls) times")
      return nil
    },
    RuleCheck(
      "stop.during", .must, "A call that is stopped on its way ends within 2 s and polls between rows."
    ) { bench in
      let (instance, function, inputs) = try heeding(bench)
      let result = try stopped(instance, function, inputs, after: 3, status: cancelled)
      try require(
        result.polls > 1,
        "\(function.role.rawValue) polls stop() \(result.polls) times for \(inputs.count) rows")
      // A function that hands off the whole batch and gets it back before it has to poll again never sees the
      // request.
      let wasAsked = result.polls > 3
      try require(
        result.status == cancelled || !wasAsked && result.seconds < 0.05 * Double(result.polls),
        "\(function.role.rawValue) returns status \(result.status) after stop() returned CANCELLED at "
          + "poll 4 of \(result.polls)")
      try require(result.seconds < 2, "it takes \(result.seconds) s to stop")
      return nil
    },
    RuleCheck("stop.deadline", .must, "A call whose deadline has passed returns TIMED_OUT.") { bench in
      let (instance, function, inputs) = try heeding(bench)
      let result = try stopped(instance, function, inputs, after: 1, status: timedOut)
      try require(
        result.status == timedOut,
        "\(function.role.rawValue) returns status \(result.status), although stop() returned TIMED_OUT")
      return nil
    },
    RuleCheck("stop.usable", .must, "After a stopped call the instance works as before.") { bench in
      let (instance, function, inputs) = try work(bench)
      let wanted = try bench.stable(instance, function, inputs)
      for after in [0, 2] { _ = try stopped(instance, function, inputs, after: after, status: cancelled) }
      let again = try instance.call(function, inputs)
      try require(
        again.status == 0 && again.rows == wanted.rows,
        "after a stopped call, \(function.role.rawValue) returns status \(again.status) and \(again.rows == wanted.rows ? "the same" : "other") rows"
      )
      return nil
    },
    RuleCheck(
      "stop.kept-rows", .must, "Rows that were reported finished before a stop have their full result.",
      needs: [.finished]
    ) { bench in
      let (instance, function, inputs) = try work(bench)
      let whole = try bench.stable(instance, function, inputs)
      let result = try stopped(instance, function, inputs, after: 5, status: cancelled)
      for row in result.finished where row < whole.rows.count {
        try require(
          result.rows[row] == whole.rows[row],
          "\(function.role.rawValue), row \(row) was reported finished before the stop, "
            + "but is \(result.rows[row].prefix(100)) instead of \(whole.rows[row].prefix(100))")
      }
      return nil
    },
    RuleCheck(
      "stop.finished-rows", .must, "A row that was reported finished is not written again.",
      needs: [.finished]
    ) {
      bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        let result = try instance.call(function, try bench.plain(function, instance))
        try require(
          result.rewritten.isEmpty,
          "\(function.role.rawValue) writes rows \(result.rewritten.prefix(5)) after reporting them as finished"
        )
      }
      return nil
    },
    RuleCheck("stop.finished-range", .should, "finished() names rows of the batch only.", needs: [.finished])
    {
      bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        let result = try instance.call(function, try bench.plain(function, instance, count: 5))
        try require(
          result.beyond.isEmpty,
          "\(function.role.rawValue) reports rows \(result.beyond.prefix(5)) in a batch of 5")
      }
      return nil
    },
  ]

  /// Returns the function that takes long, with 64 rows, enough to be stopped in between.
  private static func work(_ bench: Bench) throws -> (Instance, WorkFunction, [Input]) {
    let instance = try bench.instance()
    guard
      let function = try instance.functions().first(where: {
        [.score, .next, .produce, .generate].contains($0.role)
      })
    else { throw NotExercised("it has no function that takes long") }
    let count = function.role == .generate ? 8 : 64
    return (instance, function, try bench.plain(function, instance, count: count))
  }

  /// Returns the same if the plugin responds to stop requests at all.
  private static func heeding(_ bench: Bench) throws -> (Instance, WorkFunction, [Input]) {
    let (instance, function, inputs) = try work(bench)
    _ = try instance.call(function, inputs)
    guard try stopped(instance, function, inputs, after: 0, status: cancelled).status == cancelled else {
      throw NotApplicable("it ignores stop(); stop.before must pass first")
    }
    // An instance that remains stopped is left to stop.usable.
    let fresh = try bench.instance()
    return (fresh, try fresh.function(function.role), inputs)
  }

  private static func stopped(
    _ instance: Instance, _ function: WorkFunction, _ inputs: [Input], after polls: Int, status: Int32
  ) throws -> CallResult {
    var settings = CallSettings()
    settings.stop = CallSettings.Stop(afterPolls: polls, status: status)
    if status == timedOut { settings.deadline = 1 }
    return try instance.call(function, inputs, settings)
  }
}

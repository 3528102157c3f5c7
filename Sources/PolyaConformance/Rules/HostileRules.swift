/// Rules about inputs that break careless code. Most of them only require the plugin to survive, in time.
enum HostileRules {
  static let all = [
    RuleCheck(
      "hostile.empty", .must, "Batches without rows succeed, and texts without bytes (NULL, 0) are fine."
    ) {
      bench in
      let instance = try bench.instance()
      for function in try bench.functions(instance) where function.role != .produce {
        let status = try instance.call(function, []).status
        try require(
          status == 0, "\(function.role.rawValue) failed with status \(status) on a batch without rows")
      }
      return try survive(bench, [[], [], []])
    },
    RuleCheck(
      "hostile.broken-utf8", .must, "Invalid UTF-8 is survived, where it is legal and where it is not."
    ) {
      try survive($0, HostileTexts.brokenUTF8)
    },
    RuleCheck("hostile.unicode", .must, "NUL, marks, overrides and other rare code points are survived.") {
      try survive($0, HostileTexts.unicode)
    },
    RuleCheck(
      "hostile.metacharacters", .must, "Format strings and metacharacters of other languages are survived."
    ) {
      try survive($0, HostileTexts.metacharacters)
    },
    RuleCheck("hostile.nested", .must, "100,000 nested brackets do not overflow the stack.") {
      try survive($0, HostileTexts.nested, skimmed: true)
    },
    RuleCheck(
      "hostile.backtracking", .must, "Texts that make careless patterns backtrack take no special time."
    ) {
      try survive($0, HostileTexts.backtracking, skimmed: true)
    },
    RuleCheck(
      "hostile.numbers", .must, "Numbers of a million digits, and exponents beyond all range, are survived."
    ) {
      try survive($0, HostileTexts.numbers, skimmed: true)
    },
    RuleCheck(
      "hostile.logprobs", .must, "Log-probs that are NaN or infinite, and wild token ids, are survived.",
      .reward
    ) {
      bench in
      let instance = try bench.instance()
      let function = try instance.function(.score)
      let wild: [[Float]] = [[.nan, .infinity, -.infinity], [1e38, -1e38, 0]]
      let inputs = wild.enumerated().map { index, logprobs in
        Input.answer(
          ScoredAnswer(
            id: UInt64(index), question: [63], completion: [55], reference: [55], metadata: Array("{".utf8),
            tokens: [-1, .max, .min], logprobs: logprobs))
      }
      _ = try instance.call(function, inputs)
      let plain = try bench.plain(function, instance)
      _ = try instance.call(
        function,
        plain.enumerated().map { index, input in
          guard case .answer(var answer) = input else { return input }
          (answer.tokens, answer.logprobs) = ([-1, .max, .min], wild[index % wild.count])
          return .answer(answer)
        })
      return nil
    },
    RuleCheck(
      "hostile.duplicate-ids", .must, "Rows with the same item_id are still rows of their own.", .reward
    ) {
      bench in
      let instance = try bench.instance()
      let function = try instance.function(.score)
      let plain = try bench.plain(function, instance, count: 3)
      let apart = try bench.stable(instance, function, plain)
      guard try plain.map({ try instance.call(function, [$0]).rows }) == apart.rows.map({ [$0] }) else {
        throw NotApplicable(
          "rows depend on their batch; determinism.order and determinism.batch-split must pass first")
      }
      let inputs = plain.map { input in
        guard case .answer(var answer) = input else { return input }
        answer.id = 5
        return .answer(answer)
      }
      let together = try instance.call(function, inputs)
      for (index, input) in inputs.enumerated() {
        let alone = try instance.call(function, [input])
        try require(
          alone.rows == [together.rows[index]],
          "row \(index) is \(together.rows[index]) among rows of the same item_id, "
            + "and \(alone.rows[0]) alone")
      }
      return nil
    },
    RuleCheck("hostile.many-rows", .must, "A batch of 4096 rows works.") { bench in
      let instance = try bench.instance()
      var settings = CallSettings()
      settings.skimmed = true
      for function in try bench.functions(instance) {
        // The checker's own rows would require running hundreds of programs.
        let many =
          bench.hasAuthorRows
          ? try bench.plain(function, instance, count: 4096)
          : try bench.inputs(function, instance, Corpus.plain(4096))
        _ = try instance.call(function, try bench.plain(function, instance), settings)
        _ = try instance.call(function, many, settings)
      }
      return nil
    },
    RuleCheck("hostile.large-text", .must, "A text of 8 MiB is survived.") { bench in
      try survive(bench, [Array(repeating: UInt8(ascii: "a"), count: 8 << 20)], skimmed: true)
    },
    RuleCheck("hostile.large-batch", .must, "A batch of 64 MiB is survived.") { bench in
      // A reward receives each text four times.
      let text = Array(repeating: UInt8(ascii: "b"), count: 1 << 20)
      return try survive(
        bench, Array(repeating: text, count: 16), skimmed: true, only: [.score, .next, .produce, .encode])
    },
    RuleCheck("hostile.guard-pages", .must, "Nothing is read behind the end of an input.") { bench in
      var settings = CallSettings()
      settings.protection = .guarded
      return try survive(bench, Corpus.plain(16), settings)
    },
    RuleCheck("hostile.read-only", .must, "Inputs are not written to.") { bench in
      var settings = CallSettings()
      settings.protection = .readOnly
      return try survive(bench, Corpus.plain(16), settings)
    },
  ]

  /// Calls every function. The rule passes if the child process survives.
  private static func survive(
    _ bench: Bench, _ texts: [[UInt8]], _ settings: CallSettings = CallSettings(), skimmed: Bool = false,
    only roles: [Role]? = nil
  ) throws -> String? {
    let instance = try bench.instance()
    var settings = settings
    settings.skimmed = skimmed
    for function in try bench.functions(instance) where roles?.contains(function.role) ?? true {
      // With rows that are answered, so that hostile rows reach the actual work and are not refused.
      _ = try instance.call(function, try bench.plain(function, instance), settings)
      _ = try instance.call(function, try bench.inputs(function, instance, texts), settings)
      let hostile = try bench.hostile(function, instance, texts)
      if !hostile.isEmpty { _ = try instance.call(function, hostile, settings) }
    }
    return nil
  }
}

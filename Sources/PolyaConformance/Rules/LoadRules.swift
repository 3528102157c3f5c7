internal import PolyaCore

/// Rules about the effects of loading and running on the process.
enum LoadRules {
  static let all = [
    RuleCheck("load.fast", .should, "Loading, and the first call into the module, take less than 200 ms.") {
      bench in
      let waited = try ProcessState.waited()
      let start = MonotonicClock.seconds()
      _ = try bench.subject()
      // Time in which other processes had the processor does not count.
      let seconds = MonotonicClock.seconds() - start - (try ProcessState.waited() - waited)
      try require(seconds < 0.2, "it takes \(Int(seconds * 1000)) ms; move the work into create()")
      return nil
    },
    RuleCheck("load.idempotent", .must, "polya_plugin_entry gives the same module when it is called again.") {
      bench in
      try require(try bench.subject().entryIsIdempotent(), "the second call returns another module")
      return nil
    },
    unchanged("load.float-mode", "rounding and denormal mode of the processor") {
      $0.floatControl == $1.floatControl
        ? nil : "\($0.floatControl) became \($1.floatControl); do not link with -ffast-math"
    },
    unchanged("load.signal-handlers", "signal handlers of the process, and which are blocked,") {
      before, after in
      let changed = before.signalHandlers.indices.filter {
        before.signalHandlers[$0] != after.signalHandlers[$0]
      }
      guard changed.isEmpty else { return "the handlers of signals \(changed.map { $0 + 1 }) changed" }
      return before.blockedSignals == after.blockedSignals ? nil : "other signals are blocked"
    },
    unchanged(
      "load.environment",
      "locale, working folder, file mask, limits, priority, timers, standard streams and environment of the process"
    ) { before, after in
      if before.locale != after.locale { return "the locale \(before.locale) became \(after.locale)" }
      if before.folder != after.folder { return "the working folder \(before.folder) became \(after.folder)" }
      if before.mask != after.mask { return "the file mask became \(String(after.mask, radix: 8))" }
      if let limit = zip(before.limits, after.limits).first(where: { $0 != $1 })?.1 {
        return "a limit became: \(limit.split(separator: " ").joined(separator: " "))"
      }
      if before.priority != after.priority { return "the priority became \(after.priority)" }
      if before.timers != after.timers { return "a timer of the process (setitimer, alarm) was set" }
      if before.standardStreams != after.standardStreams {
        return "the standard streams became \(after.standardStreams.joined(separator: ", "))"
      }
      return before.environment == after.environment ? nil : "environment variables changed"
    },
    RuleCheck(
      "load.quiet", .must, "Nothing is written to stdout, which belongs to the host's data, nor to stderr."
    ) { bench in
      var errors = 0
      let output = try ProcessState.bytes(on: 1) {
        errors = try ProcessState.bytes(on: 2) { try live(bench) }
      }
      try require(output == 0, "\(output) bytes were written to stdout; use call->log")
      try require(errors == 0, "\(errors) bytes were written to stderr; use call->log")
      return nil
    },
    RuleCheck("load.log", .should, "Calls about ordinary rows log nothing above the level debug.") { bench in
      let instance = try bench.instance()
      for function in try instance.functions() {
        let result = try instance.call(function, try bench.plain(function, instance))
        guard let line = result.logged.first else { continue }
        throw Violation(
          "\(function.role.rawValue) logs \(result.logged.count) lines for \(result.rows.count) rows, "
            + "of which the first is '\(line.prefix(100))'")
      }
      return nil
    },
    RuleCheck("load.leaves-nothing", .should, "Loading alone opens no file and starts no thread.") { bench in
      let space = AddressSpace()
      defer { withExtendedLifetime(space) {} }
      _ = try bench.elf()
      let before = try ProcessState.now()
      let subject = try bench.subject()
      let after = try ProcessState.now()
      withExtendedLifetime(subject) {}
      let opened = after.descriptors.filter { !before.descriptors.contains($0) && !$0.hasSuffix("/mem") }
      try require(opened.isEmpty, "it opens \(opened.joined(separator: ", "))")
      try require(after.threads == before.threads, "it starts \(after.threads - before.threads) threads")
      return nil
    },
  ]

  /// Loads the plugin, creates an instance, calls every function once, and destroys the instance.
  private static func live(_ bench: Bench) throws {
    _ = try bench.subject()
    let instance = try bench.instance()
    for function in try instance.functions() {
      _ = try instance.call(function, try bench.plain(function, instance, count: 4))
    }
  }

  private static func unchanged(
    _ id: String, _ what: String, _ compare: @escaping @Sendable (ProcessState, ProcessState) -> String?
  ) -> RuleCheck {
    RuleCheck(id, .must, "Loading and calling leave the \(what) as they were.") { bench in
      let before = try ProcessState.now()
      do { try live(bench) } catch let gap as NotExercised {
        // Changes made by loading alone are also a breach.
        if let difference = compare(before, try ProcessState.now()) { throw Violation(difference) }
        throw gap
      }
      if let difference = compare(before, try ProcessState.now()) { throw Violation(difference) }
      return nil
    }
  }
}

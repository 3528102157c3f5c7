internal import PolyaCore

/// What loading and living do to the process.
enum LoadRules {
  static let all = [
    RuleCheck("load.fast", .should, "Loading, and the first call into the module, take less than 200 ms.") {
      bench in
      let waited = try ProcessState.waited()
      let start = Clock.now()
      _ = try bench.subject()
      // Time in which others had the processor is not the plugin's.
      let seconds = Clock.now() - start - (try ProcessState.waited() - waited)
      try require(seconds < 0.2, "it takes \(Int(seconds * 1000)) ms; move the work into create()")
      return nil
    },
    RuleCheck("load.idempotent", .must, "polya_plugin_entry gives the same module when it is called again.") {
      bench in
      try require(try bench.subject().entryIsIdempotent(), "the second call gives another module")
      return nil
    },
    unchanged("load.float-mode", "rounding and denormal mode of the processor") {
      $0.floatControl == $1.floatControl
        ? nil : "\($0.floatControl) became \($1.floatControl); do not link with -ffast-math"
    },
    unchanged("load.signal-handlers", "signal handlers of the process") { before, after in
      let changed = before.signalHandlers.indices.filter {
        before.signalHandlers[$0] != after.signalHandlers[$0]
      }
      return changed.isEmpty ? nil : "the handlers of signals \(changed.map { $0 + 1 }) changed"
    },
    unchanged("load.environment", "locale, working folder, file mask and environment of the process") {
      before, after in
      if before.locale != after.locale { return "the locale \(before.locale) became \(after.locale)" }
      if before.folder != after.folder { return "the working folder \(before.folder) became \(after.folder)" }
      if before.mask != after.mask { return "the file mask became \(String(after.mask, radix: 8))" }
      return before.environment == after.environment ? nil : "environment variables changed"
    },
    RuleCheck("load.quiet", .must, "Nothing is written to stdout, which belongs to the host's data.") {
      bench in
      let count = try ProcessState.bytesOnOutput { try live(bench) }
      try require(count == 0, "\(count) bytes came on stdout; use call->log")
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

  /// Loads, creates, calls every function once, destroys.
  private static func live(_ bench: Bench) throws {
    _ = try bench.subject()
    do {
      let instance = try bench.instance()
      for function in try instance.functions() {
        _ = try instance.call(function, try bench.plain(function, instance, count: 4))
      }
    } catch is NotApplicable {
      // Loading was watched, at least.
    }
  }

  private static func unchanged(
    _ id: String, _ what: String, _ compare: @escaping @Sendable (ProcessState, ProcessState) -> String?
  ) -> RuleCheck {
    RuleCheck(id, .must, "Loading and calling leave the \(what) as they were.") { bench in
      let before = try ProcessState.now()
      try live(bench)
      if let difference = compare(before, try ProcessState.now()) { throw Violation(difference) }
      return nil
    }
  }
}

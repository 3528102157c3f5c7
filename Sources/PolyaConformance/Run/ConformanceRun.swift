internal import PolyaCore

/// Runs every rule in its own child process, several at a time.
package struct ConformanceRun {
  /// The program that child processes run.
  package var executable: String
  /// Returns arguments that make the program check one rule and print its finding as the last line of stdout.
  package var arguments: (ConformanceRule) -> [String]
  /// The seconds after which a child process is killed, not counting the time that it waits for a processor.
  package var limit: Double
  /// The number of child processes at a time.
  package var atOnce: Int
  /// Polled while child processes run; true stops everything.
  package var shouldStop: () -> Bool

  /// Creates a run.
  package init(
    executable: String, limit: Double = 45, atOnce: Int = 2, shouldStop: @escaping () -> Bool = { false },
    arguments: @escaping (ConformanceRule) -> [String]
  ) {
    self.executable = executable
    self.arguments = arguments
    self.limit = limit
    self.atOnce = atOnce
    self.shouldStop = shouldStop
  }

  /// Checks the rules. The entries are in the order of the rules.
  package func report(
    plugin: String, rules: [ConformanceRule], progress: (ConformanceReport.Entry) -> Void = { _ in }
  ) throws -> ConformanceReport {
    var entries: [ConformanceReport.Entry?] = rules.map { _ in nil }
    for id in [RowRules.first, RowRules.second] {
      guard let index = rules.firstIndex(where: { $0.id == id }), entries[index] == nil else { continue }
      try decide([index], rules, &entries, progress)
      guard let finding = entries[index]?.finding else { continue }
      let isEnd = finding.isFatal || id == RowRules.first && finding.outcome == .failed
      if isEnd { skip(rules, &entries, because: id) }
    }
    try decide(rules.indices.filter { entries[$0] == nil }, rules, &entries, progress)
    return ConformanceReport(plugin: plugin, entries: entries.compactMap { $0 })
  }

  /// Skips the rules about rows if ordinary rows crash the process or none is answered, since they would only
  /// repeat that.
  private func skip(
    _ rules: [ConformanceRule], _ entries: inout [ConformanceReport.Entry?], because id: String
  ) {
    for index in rules.indices where entries[index] == nil && rules[index].isAboutRows {
      // This rule still applies, since rows may end with an invalid status.
      if id == RowRules.second, rules[index].id == RowRules.status { continue }
      let finding = Finding(
        rule: rules[index].id, outcome: .unexercised, message: "\(id) must pass first",
        blocks: rules[index].level != .info)
      entries[index] = entry(rules[index], finding, seconds: 0)
    }
  }

  private func entry(_ rule: ConformanceRule, _ finding: Finding, seconds: Double) -> ConformanceReport.Entry
  {
    ConformanceReport.Entry(
      rule: rule, finding: finding, seconds: seconds,
      reproduction: (rule.environment + [executable] + arguments(rule)).map(Self.quoted).joined(
        separator: " "))
  }

  private func decide(
    _ wanted: [Int], _ rules: [ConformanceRule], _ entries: inout [ConformanceReport.Entry?],
    _ progress: (ConformanceReport.Entry) -> Void
  ) throws {
    var running: [(index: Int, child: ChildProcess)] = []
    var waiting = wanted[...]
    defer { for (_, child) in running { child.kill() } }
    while !waiting.isEmpty || !running.isEmpty {
      guard !shouldStop() else { throw PolyaError(.interrupted, "stopped on request") }
      while running.count < atOnce, let next = waiting.popFirst() {
        running.append(
          (next, try ChildProcess(executable, arguments(rules[next]), environment: rules[next].environment)))
      }
      for (index, child) in running {
        guard let finding = finding(of: child, rules[index]) else { continue }
        running.removeAll { $0.index == index }
        let entry = entry(rules[index], finding, seconds: MonotonicClock.seconds() - child.start)
        entries[index] = entry
        progress(entry)
      }
      ChildProcess.pause()
    }
  }

  /// Returns the plugins in a file, using a child process, since loading alone may crash.
  ///
  /// - Parameter arguments: Arguments that make the program print ``Conformance/identify(file:)`` as JSON
  ///   lines.
  package func plugins(of file: String, arguments: [String]) throws -> [(id: String, kind: String)] {
    let child = try ChildProcess(executable, arguments)
    defer { child.kill() }
    while child.poll() == nil {
      guard !child.hasUsed(limit) else {
        throw PolyaError(.plugin, "does not load within \(limit.shown) s", at: file)
      }
      ChildProcess.pause()
    }
    switch child.poll() {
    case .exited(0): return Finding.plugins(in: child.outputText)
    case .signalled(let signal):
      throw PolyaError(
        .plugin, "is killed by signal \(signal) (\(ChildProcess.name(ofSignal: signal))) while being loaded",
        at: file)
    case .exited, nil:
      let lines = child.errorText.split(separator: "\n")
      let message = lines.last { $0.hasPrefix("polya: ") }?.dropFirst(7)
      throw PolyaError(.plugin, message.map(String.init) ?? "cannot be loaded\(said(child))")
    }
  }

  /// Returns what a child process found, or how it ended; nil while it is running.
  private func finding(of child: ChildProcess, _ rule: ConformanceRule) -> Finding? {
    switch child.poll() {
    case nil:
      guard child.hasUsed(limit) else { return nil }
      child.kill()
      return Finding(
        rule: rule.id, outcome: .failed, message: "it did not end within \(limit.shown) s" + said(child))
    case .signalled(let signal):
      return Finding(
        rule: rule.id, outcome: rule.level == .info ? .unexercised : .failed,
        message: "the process was killed by signal \(signal) (\(ChildProcess.name(ofSignal: signal)))"
          + said(child)
      )
    case .exited(let status):
      return Finding(in: child.outputText, rule: rule.id)
        ?? Finding(
          rule: rule.id, outcome: .failed,
          message: "the plugin ended the process with exit code \(status)" + said(child))
    }
  }

  /// Returns the last line on stderr, which often states the cause.
  private func said(_ child: ChildProcess) -> String {
    let lines = child.errorText.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
    return lines.last.map { "; it said: \($0.prefix(200))" } ?? ""
  }

  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "-_./=".utf8.contains(byte)
    }
    return isPlain && !word.isEmpty
      ? word
      : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension Double {
  fileprivate var shown: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}

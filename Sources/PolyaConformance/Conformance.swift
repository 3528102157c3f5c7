package import PolyaCore

/// The rules of `polya plugin check`, and the code that checks one of them in this process.
package enum Conformance {
  static let checks: [RuleCheck] =
    StaticRules.all + LoadRules.all + DescribeRules.all + OptionRules.all + RowRules.all
    + VersionRules.all + HostileRules.all + MemoryRules.all + DeterminismRules.all + ConcurrencyRules.all
    + StopRules.all
    + StrategyRules.all + RewardRules.all + ModelRules.all + ModelTrainingRules.all + TasksRules.all

  /// All rules, in the order of reports.
  package static let rules: [ConformanceRule] = checks.map(\.rule)

  /// Returns the ids and kinds of the plugins in a file, which a parent process needs to plan its children.
  package static func identify(file: String) throws -> [(id: String, kind: String)] {
    try Subject.identify(file: file)
  }

  /// Returns whether a rule applies to plugins of a kind, such as "polya.reward/1".
  package static func applies(_ rule: ConformanceRule, toKind kind: String) -> Bool {
    guard let check = checks.first(where: { $0.rule == rule }) else { return false }
    return check.kinds.isEmpty || check.kinds.contains { $0.rawValue == kind }
  }

  /// Refuses rows that `polya plugin check --rows` cannot use, with the first bad line.
  ///
  /// - Parameters:
  ///  - rows: The rows as JSON lines.
  ///  - kind: The plugin's kind, such as "polya.reward/1".
  ///  - place: The name of the source in errors.
  package static func checkRows(_ rows: [UInt8], kind: String, at place: String) throws {
    guard let kind = PluginKind(rawValue: kind) else { return }
    _ = try Rows(rows, kind: kind, at: place)
  }

  /// Checks one rule in this process. The plugin may crash, hang, or end the process, so callers should use a
  /// child process.
  ///
  /// - Parameter rows: JSON lines that replace the checker's own rows; nil if there are none.
  package static func run(
    rule: ConformanceRule, file: String, plugin: String?, options: JSON.Members, seed: UInt64,
    rows: [UInt8]? = nil
  ) -> Finding {
    guard let check = checks.first(where: { $0.rule == rule }) else {
      return Finding(rule: rule.id, outcome: .skipped, message: "the rule does not exist")
    }
    let bench = Bench(
      rule: rule.id, file: file, plugin: plugin, options: options, seed: seed, authorRows: rows)
    var finding = decide(check, bench)
    do { finding.isFatal = try rule.id == RowRules.second && bench.subject().evidence.isFruitless } catch {
      // A plugin that cannot be loaded has no evidence; the finding says so.
    }
    return finding
  }

  private static func decide(_ check: RuleCheck, _ bench: Bench) -> Finding {
    let rule = check.rule
    do {
      if !check.kinds.isEmpty, let kind = try bench.subject().kind, !check.kinds.contains(kind) {
        return Finding(rule: rule.id, outcome: .skipped, message: "it is about plugins of another kind")
      }
      let note = try check.check(bench) ?? ""
      if let gap = try gap(check, bench) { return gap }
      return Finding(rule: rule.id, outcome: rule.level == .info ? .info : .passed, message: note)
    } catch let violation as Violation {
      return Finding(rule: rule.id, outcome: .failed, message: violation.message)
    } catch let reason as NotApplicable {
      return Finding(rule: rule.id, outcome: .skipped, message: reason.why)
    } catch let reason as NotExercised {
      return unexercised(rule, reason.why)
    } catch {
      return Finding(rule: rule.id, outcome: .failed, message: "\(error)")
    }
  }

  private static func unexercised(_ rule: ConformanceRule, _ why: String, isOptional: Bool = false) -> Finding
  {
    Finding(
      rule: rule.id, outcome: .unexercised, message: why, blocks: rule.level != .info && !isOptional)
  }

  /// Returns why a rule that found nothing wrong had nothing to look at, or nil if it had.
  private static func gap(_ check: RuleCheck, _ bench: Bench) throws -> Finding? {
    guard check.rule.isAboutRows || !check.needs.isEmpty else { return nil }
    let evidence = try bench.subject().evidence
    if check.rule.isAboutRows {
      guard !evidence.isEmpty else { return unexercised(check.rule, "no function was called") }
      // A plugin that is told that a host has no services may legitimately answer nothing.
      let mayBeIdle = check.rule.id == "version.no-services"
      if let idle = evidence.idle { return unexercised(check.rule, idle, isOptional: mayBeIdle) }
    }
    let facts = bench.facts
    return check.needs.first { !$0.isMet(evidence, facts) }.map {
      unexercised(check.rule, $0.what, isOptional: $0.isOptional)
    }
  }
}

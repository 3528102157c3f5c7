public import PolyaCore

/// The rules of `polya plugin check`, and what decides one of them in the present process.
public enum Conformance {
  static let checks: [RuleCheck] =
    StaticRules.all + LoadRules.all + DescribeRules.all + OptionRules.all + VersionRules.all
    + HostileRules.all + MemoryRules.all + DeterminismRules.all + ConcurrencyRules.all + StopRules.all
    + StrategyRules.all + RewardRules.all + ModelRules.all + ModelTrainingRules.all + TasksRules.all

  /// All rules, in the order of reports.
  public static let rules: [ConformanceRule] = checks.map(\.rule)

  /// What the plugins of a file say of themselves: what a parent needs to plan its children.
  public static func identify(file: String) throws -> [(id: String, kind: String)] {
    try Subject.identify(file: file)
  }

  /// Whether a rule can say anything of a plugin of this kind ("polya.reward/1").
  public static func applies(_ rule: ConformanceRule, toKind kind: String) -> Bool {
    guard let check = checks.first(where: { $0.rule == rule }) else { return false }
    return check.kinds.isEmpty || check.kinds.contains { $0.rawValue == kind }
  }

  /// Decides one rule here and now: the plugin may crash, hang or end the process, so callers use a child.
  public static func run(
    rule: ConformanceRule, file: String, plugin: String?, options: JSON.Members, seed: UInt64
  ) -> Finding {
    guard let check = checks.first(where: { $0.rule == rule }) else {
      return Finding(rule: rule.id, outcome: .skipped, message: "there is no such rule")
    }
    let bench = Bench(rule: rule.id, file: file, plugin: plugin, options: options, seed: seed)
    do {
      if !check.kinds.isEmpty, let kind = try bench.subject().kind, !check.kinds.contains(kind) {
        return Finding(rule: rule.id, outcome: .skipped, message: "it is for plugins of another kind")
      }
      let note = try check.check(bench) ?? ""
      return Finding(rule: rule.id, outcome: rule.level == .info ? .info : .passed, message: note)
    } catch let violation as Violation {
      return Finding(rule: rule.id, outcome: .failed, message: violation.message)
    } catch let reason as NotApplicable {
      return Finding(rule: rule.id, outcome: .skipped, message: reason.why)
    } catch {
      return Finding(rule: rule.id, outcome: .failed, message: "\(error)")
    }
  }
}

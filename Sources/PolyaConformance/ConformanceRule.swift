/// A named promise of the contract and how much it matters.
package struct ConformanceRule: Sendable, Equatable {
  /// The subject of the rule, by which reports are ordered.
  package enum Group: String, Sendable, CaseIterable {
    case `static`, load, describe, options, rows, version, hostile, memory, determinism, concurrency, stop
    case strategy, reward, model, tasks
  }

  /// The meaning of a breach.
  package enum Level: String, Sendable {
    /// The plugin breaks the contract, and hosts may refuse it.
    case must
    /// The plugin works but is inconvenient for its users.
    case should
    /// There is no judgment, only information.
    case info
  }

  /// The id, "group.name", which is stable across versions.
  package let id: String
  /// The part of `id` before the dot.
  package let group: Group
  /// The meaning of a breach.
  package let level: Level
  /// What is true if the rule passes.
  package let sentence: String
}

/// The result of one rule.
package struct Finding: Sendable, Equatable {
  /// The outcome of a rule.
  package enum Outcome: String, Sendable {
    case passed, failed, skipped, info
    /// What the rule is about never happened, so there is no result.
    case unexercised = "not exercised"
  }

  /// The id of the rule.
  package var rule: String
  /// The outcome of the rule.
  package var outcome: Outcome
  /// Why the rule failed or was skipped, or the information it found; empty if it passed.
  package var message: String
  /// For a rule that was not exercised: whether the plugin cannot count as checked until it is. It can if the
  /// rule is about something optional, such as notes, and rows were answered without it.
  package var blocks: Bool
  /// Whether no ordinary row was answered at all, so that other rules about rows have nothing to look at.
  var isFatal = false

  /// Creates a finding.
  package init(rule: String, outcome: Outcome, message: String = "", blocks: Bool = false) {
    self.rule = rule
    self.outcome = outcome
    self.message = message
    self.blocks = blocks
  }
}

/// A rule with the code that checks it.
struct RuleCheck: Sendable {
  let rule: ConformanceRule
  /// The kinds of plugins it applies to; empty for all kinds.
  let kinds: [PluginKind]
  /// What must have happened for the rule to have a result.
  let needs: [Need]
  let check: @Sendable (Bench) throws -> String?

  init(
    _ id: String, _ level: ConformanceRule.Level, _ sentence: String, _ kinds: PluginKind...,
    needs: [Need] = [], check: @escaping @Sendable (Bench) throws -> String?
  ) {
    let prefix = String(id.prefix { $0 != "." })
    rule = ConformanceRule(
      id: id, group: ConformanceRule.Group(rawValue: prefix) ?? .static, level: level, sentence: sentence)
    self.kinds = kinds
    self.needs = needs
    self.check = check
  }
}

extension ConformanceRule {
  /// The environment variables that its child process needs. glibc does not fill freed memory in its
  /// per-thread caches.
  var environment: [String] {
    id == "memory.freed" ? ["GLIBC_TUNABLES=glibc.malloc.tcache_count=0"] : []
  }

  private static let rowsOfOtherGroups: Set<String> = [
    "load.float-mode", "load.signal-handlers", "load.environment", "load.quiet", "load.log",
    "describe.constant",
  ]

  /// Whether checking the rule calls functions that work on rows.
  var isAboutRows: Bool {
    switch group {
    case .static, .load, .describe, .options: Self.rowsOfOtherGroups.contains(id)
    default: !id.hasSuffix(".describe") && id != "model.info"
    }
  }
}

/// Thrown if the plugin breaks the rule.
struct Violation: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// Thrown if the rule does not apply here.
struct NotApplicable: Error {
  let why: String

  init(_ why: String) { self.why = why }
}

/// Thrown if what the rule is about did not happen.
struct NotExercised: Error {
  let why: String

  init(_ why: String) { self.why = why }
}

/// Fails the rule unless the condition is true.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  guard condition else { throw Violation(message()) }
}

/// The four roles of ABI 1.0.
enum PluginKind: String, Sendable {
  case strategy = "polya.strategy/1"
  case reward = "polya.reward/1"
  case model = "polya.model/1"
  case tasks = "polya.tasks/1"
}

/// One named promise of the contract, and how much it matters.
package struct ConformanceRule: Sendable, Equatable {
  /// What the rule looks at; reports are ordered by it.
  package enum Group: String, Sendable, CaseIterable {
    case `static`, load, describe, options, rows, version, hostile, memory, determinism, concurrency, stop
    case strategy, reward, model, tasks
  }

  /// What a breach means.
  package enum Level: String, Sendable {
    /// The plugin breaks the contract: hosts may refuse it.
    case must
    /// The plugin works but makes life harder for its users.
    case should
    /// Not judged: something worth knowing.
    case info
  }

  /// "group.name", stable over versions.
  package let id: String
  /// The part of `id` before the dot.
  package let group: Group
  /// What a breach means.
  package let level: Level
  /// What holds when the rule passes.
  package let sentence: String
}

/// What one rule found.
package struct Finding: Sendable, Equatable {
  /// How it ended.
  package enum Outcome: String, Sendable {
    case passed, failed, skipped, info
    /// What the rule is about never happened, so that nothing can be said.
    case unexercised = "not exercised"
  }

  /// The rule's id.
  package var rule: String
  /// How it ended.
  package var outcome: Outcome
  /// Why it failed or was skipped, or what is worth knowing; empty when it passed.
  package var message: String
  /// Of a rule that was not exercised: whether the plugin cannot count as checked before it is. It can where the rule is
  /// about something that no plugin has to give, such as notes, and rows were answered without it.
  package var blocks: Bool
  /// Whether no ordinary row was answered at all, so that no other rule about rows has anything to look at.
  var isFatal = false

  /// A finding.
  package init(rule: String, outcome: Outcome, message: String = "", blocks: Bool = false) {
    self.rule = rule
    self.outcome = outcome
    self.message = message
    self.blocks = blocks
  }
}

/// A rule together with what decides it.
struct RuleCheck: Sendable {
  let rule: ConformanceRule
  /// Empty: plugins of every kind.
  let kinds: [PluginKind]
  /// What must have happened for the rule to say anything.
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
  /// Variables that its child needs: what glibc keeps for each thread is not filled when it is freed.
  var environment: [String] {
    id == "memory.freed" ? ["GLIBC_TUNABLES=glibc.malloc.tcache_count=0"] : []
  }

  private static let rowsOfOtherGroups: Set<String> = [
    "load.float-mode", "load.signal-handlers", "load.environment", "load.quiet", "load.log",
    "describe.constant",
  ]

  /// Whether deciding it means to call functions that work on rows.
  var isAboutRows: Bool {
    switch group {
    case .static, .load, .describe, .options: Self.rowsOfOtherGroups.contains(id)
    default: !id.hasSuffix(".describe") && id != "model.info"
    }
  }
}

/// The rule does not hold.
struct Violation: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// The rule has nothing to look at here.
struct NotApplicable: Error {
  let why: String

  init(_ why: String) { self.why = why }
}

/// What the rule is about did not happen.
struct NotExercised: Error {
  let why: String

  init(_ why: String) { self.why = why }
}

/// Ends the rule as failed unless the condition holds.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  guard condition else { throw Violation(message()) }
}

/// The four roles that ABI 1.0 knows.
enum PluginKind: String, Sendable {
  case strategy = "polya.strategy/1"
  case reward = "polya.reward/1"
  case model = "polya.model/1"
  case tasks = "polya.tasks/1"
}

package import PolyaCore

/// The findings of all rules for one plugin.
package struct ConformanceReport: Sendable {
  /// The result of one rule.
  package struct Entry: Sendable {
    /// The rule.
    package var rule: ConformanceRule
    /// Its finding.
    package var finding: Finding
    /// The duration of its child process in seconds.
    package var seconds: Double
    /// A command that repeats the check in a single process.
    package var reproduction: String

    func json(_ plugin: String) -> JSON {
      [
        "plugin": .string(plugin), "rule": .string(rule.id), "level": .string(rule.level.rawValue),
        "outcome": .string(finding.outcome.rawValue), "message": .string(finding.message),
        "blocks": .bool(finding.blocks),
        "seconds": JSON((seconds * 1000).rounded() / 1000), "reproduce": .string(reproduction),
      ]
    }
  }

  /// The plugin's id.
  package var plugin: String
  /// The results in the order of the rules, whichever finished first.
  package var entries: [Entry]

  /// One object per rule.
  package var json: [JSON] { entries.map { $0.json(plugin) } }

  /// Returns the failed rules of a level.
  package func failures(_ level: ConformanceRule.Level) -> [Entry] {
    entries.filter { $0.finding.outcome == .failed && $0.rule.level == level }
  }

  /// The rules without a result because of which the plugin does not count as checked.
  package var gaps: [Entry] { entries.filter { $0.finding.blocks } }

  /// Returns the number of rules with an outcome.
  package func count(_ outcome: Finding.Outcome) -> Int { entries.count { $0.finding.outcome == outcome } }
}

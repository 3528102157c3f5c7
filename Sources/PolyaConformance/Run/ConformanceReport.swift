package import PolyaCore

/// What all rules found of one plugin.
package struct ConformanceReport: Sendable {
  /// One rule's part.
  package struct Entry: Sendable {
    /// The rule.
    package var rule: ConformanceRule
    /// What it found.
    package var finding: Finding
    /// How long its child lived.
    package var seconds: Double
    /// A command that does the same again, in one process.
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
  /// In the order of the rules, whatever finished first.
  package var entries: [Entry]

  /// One object for each rule.
  package var json: [JSON] { entries.map { $0.json(plugin) } }

  /// Rules of a level that failed.
  package func failures(_ level: ConformanceRule.Level) -> [Entry] {
    entries.filter { $0.finding.outcome == .failed && $0.rule.level == level }
  }

  /// Rules that say nothing, so that the plugin is not checked.
  package var gaps: [Entry] { entries.filter { $0.finding.blocks } }

  /// How many rules ended so.
  package func count(_ outcome: Finding.Outcome) -> Int { entries.count { $0.finding.outcome == outcome } }
}

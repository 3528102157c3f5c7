public import PolyaCore

/// What all rules found of one plugin.
public struct ConformanceReport: Sendable {
  /// One rule's part.
  public struct Entry: Sendable {
    /// The rule.
    public var rule: ConformanceRule
    /// What it found.
    public var finding: Finding
    /// How long its child lived.
    public var seconds: Double
    /// A command that does the same again, in one process.
    public var reproduction: String

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
  public var plugin: String
  /// In the order of the rules, whatever finished first.
  public var entries: [Entry]

  /// One object for each rule.
  public var json: [JSON] { entries.map { $0.json(plugin) } }

  /// Rules of a level that failed.
  public func failures(_ level: ConformanceRule.Level) -> [Entry] {
    entries.filter { $0.finding.outcome == .failed && $0.rule.level == level }
  }

  /// Rules that say nothing, so that the plugin is not checked.
  public var gaps: [Entry] { entries.filter { $0.finding.blocks } }

  /// How many rules ended so.
  public func count(_ outcome: Finding.Outcome) -> Int { entries.count { $0.finding.outcome == outcome } }
}

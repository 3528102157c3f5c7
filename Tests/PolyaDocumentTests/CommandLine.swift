import Foundation
import PolyaTestSupport

/// The commands of the built `polya` and their options, as its help lists them.
struct CommandLine: Sendable {
  /// By the command's words, such as "plugin check".
  let options: [String: Set<String>]

  init() throws {
    let overview = try Command.polya(["--help"]).output
    let names = overview.split(separator: "\n").filter { $0.hasPrefix("  ") }.map {
      String($0.dropFirst(2)).components(separatedBy: "  ")[0]
    }
    var options: [String: Set<String>] = [:]
    for name in names {
      let help = try Command.polya(name.split(separator: " ").map(String.init) + ["--help"]).output
      let lines = help.split(separator: "\n").filter { $0.hasPrefix("  --") }
      options[name] = Set(lines.map { String($0.dropFirst(2).prefix { $0 != " " }) })
    }
    self.options = options
  }

  /// What is wrong with the words after `polya`; nil: nothing.
  func problem(_ words: [String]) -> String? {
    if words.first == "--help" || words.first == "--version" { return nil }
    let names = [words.prefix(2), words.prefix(1)].map { $0.joined(separator: " ") }
    guard let name = names.first(where: { options[$0] != nil }), let known = options[name] else {
      return "there is no command '\(names[0])'"
    }
    let given = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
    let unknown = given.first { !known.contains($0) }
    return unknown.map { "'polya \(name)' has no option '\($0)'" }
  }
}

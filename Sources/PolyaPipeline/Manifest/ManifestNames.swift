internal import PolyaCore

/// The names that a manifest defines. Every name that a stage or task set uses must be one of them, and none
/// may be ambiguous.
struct ManifestNames {
  let plugins, panels, tasks, stages: [String]

  /// Checks a name, which must be usable as a file name, in error messages, and as part of an id.
  static func check(_ name: String, at place: String) throws {
    let isSound = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isSound, !name.isEmpty, name.utf8.count <= 100, name.first != ".", name.first != "-" else {
      throw PolyaError(
        .configuration, "'\(name)' is not a valid name", at: place,
        hint: "use 1 to 100 letters, digits, '-', '_' and '.', and begin with a letter, digit or '_'")
    }
  }

  func problems(_ manifest: Manifest) -> [PolyaError] {
    func twice(_ names: [String], _ others: [String], _ section: String, _ what: String) -> [PolyaError] {
      names.filter { others.contains($0) }.map {
        PolyaError(
          .configuration, "is also the name of a \(what)", at: "\(section).\($0)", hint: "rename one of them")
      }
    }
    var problems = twice(stages, plugins, "stages", "plugin") + twice(panels, plugins, "panels", "plugin")
    problems += twice(stages, panels, "stages", "panel")
    for (name, panel) in manifest.panels {
      problems += unknown(panel.rewards, "plugin", plugins, at: "panels.\(name).rewards")
    }
    for (name, set) in manifest.tasks {
      guard case .source(let plugin, _, _, _, _) = set else { continue }
      problems += unknown([plugin], "plugin", plugins, at: "tasks.\(name).from")
    }
    for (name, entry) in manifest.stages {
      let (needs, place) = (entry.stage.needs, "stages.\(name)")
      problems += unknown(needs.strategies, "plugin", plugins, at: place)
      problems += unknown(needs.rewards, "plugin or panel", plugins + panels, at: place)
      problems += unknown(needs.tasks, "task set", tasks, at: place)
      problems += unknown(needs.stages, "stage", stages, at: place)
      problems += unknown(needs.models, "stage or plugin", stages + plugins, at: place)
    }
    return problems
  }

  private func unknown(_ names: [String], _ what: String, _ known: [String], at place: String) -> [PolyaError]
  {
    names.filter { !known.contains($0) }.map {
      PolyaError(
        .configuration, "there is no \(what) '\($0)'", at: place, hint: Suggestion.hint(for: $0, among: known)
      )
    }
  }
}

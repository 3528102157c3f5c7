internal import PolyaCore

/// The names that a manifest gives: every name that a stage or task set uses must be one of them, and none may mean
/// two things.
struct ManifestNames {
  let plugins, tasks, stages: [String]

  func problems(_ manifest: Manifest) -> [PolyaError] {
    var problems = stages.filter { plugins.contains($0) }.map {
      PolyaError(
        .configuration, "is also the name of a plugin", at: "stages.\($0)", cure: "rename one of them")
    }
    for (name, set) in manifest.tasks {
      guard case .source(let plugin, _, _, _, _) = set else { continue }
      problems += unknown([plugin], "plugin", plugins, at: "tasks.\(name).from")
    }
    for (name, entry) in manifest.stages {
      let (needs, place) = (entry.stage.needs, "stages.\(name)")
      problems += unknown(needs.plugins, "plugin", plugins, at: place)
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
        .configuration, "there is no \(what) '\($0)'", at: place, cure: Suggestion.cure(for: $0, among: known)
      )
    }
  }
}

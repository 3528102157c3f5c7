package import PolyaCore

/// `run.json`: the stages and plugins of a run, as they were when it last reached a stage. With the stages' folders it is
/// all that a report needs.
package struct RunRecord: Sendable, Equatable {
  /// The run's name in the manifest.
  package var name: String
  /// The run's seed.
  package var seed: UInt64
  /// The stages of the run, in the order in which they run.
  package var stages: [Stage]
  /// The plugins of the manifest, in its order.
  package var plugins: [Plugin]

  /// The file's name in the run's folder.
  package static let fileName = "run.json"

  /// A stage of a run.
  package struct Stage: Sendable, Equatable {
    /// Its name in the manifest.
    package var name: String
    /// What the manifest's `kind` says.
    package var kind: String
    /// Its content address: 64 hexadecimal digits.
    package var key: String
    /// Names of the stages whose results it reads.
    package var needs: [String]

    /// A stage.
    package init(name: String, kind: String, key: String, needs: [String]) {
      self.name = name
      self.kind = kind
      self.key = key
      self.needs = needs
    }
  }

  /// A plugin of a run.
  package struct Plugin: Sendable, Equatable {
    /// The name that the manifest gives it.
    package var name: String
    /// Its stable identifier, such as `polya.math-answer`.
    package var id: String
    /// Its own version.
    package var version: String
    /// SHA-256 of the loaded file: 64 hexadecimal digits.
    package var sha256: String
    /// The file that was loaded.
    package var file: String

    /// A plugin.
    package init(name: String, id: String, version: String, sha256: String, file: String) {
      self.name = name
      self.id = id
      self.version = version
      self.sha256 = sha256
      self.file = file
    }
  }

  /// A run.
  package init(name: String, seed: UInt64, stages: [Stage], plugins: [Plugin]) {
    self.name = name
    self.seed = seed
    self.stages = stages
    self.plugins = plugins
  }

  /// The stored form.
  package var json: JSON {
    let stages = stages.map { stage -> JSON in
      [
        "name": .string(stage.name), "kind": .string(stage.kind), "key": .string(stage.key),
        "needs": .array(stage.needs.map { .string($0) }),
      ]
    }
    let plugins = plugins.map { plugin -> JSON in
      [
        "name": .string(plugin.name), "id": .string(plugin.id), "version": .string(plugin.version),
        "sha256": .string(plugin.sha256), "file": .string(plugin.file),
      ]
    }
    return RecordKind.run.form([
      "name": .string(name), "seed": .string(String(seed)), "stages": .array(stages),
      "plugins": .array(plugins),
    ])
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .run)
    name = try fields.string("name")
    guard let seed = UInt64(try fields.string("seed")) else {
      throw PolyaError(.corrupt, "a run record has no valid seed")
    }
    self.seed = seed
    stages = try fields.array("stages").map {
      let stage = RecordFields(json: $0, kind: "stage of a run record")
      return Stage(
        name: try stage.string("name"), kind: try stage.string("kind"), key: try stage.string("key"),
        needs: try stage.strings("needs"))
    }
    plugins = try fields.array("plugins").map {
      let plugin = RecordFields(json: $0, kind: "plugin of a run record")
      return Plugin(
        name: try plugin.string("name"), id: try plugin.string("id"), version: try plugin.string("version"),
        sha256: try plugin.string("sha256"), file: try plugin.string("file"))
    }
  }
}

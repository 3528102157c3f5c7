package import PolyaCore

/// The stages and plugins of a run, as they were when it last reached a stage: `run.json`. Together with the
/// stages' folders it is all that a report needs.
package struct RunRecord: Sendable, Equatable {
  /// The name of the run in the manifest.
  package var name: String
  /// The seed of the run.
  package var seed: UInt64
  /// The stages in the order in which they run.
  package var stages: [Stage]
  /// The plugins in the order of the manifest.
  package var plugins: [Plugin]

  /// The name of the file in the run's folder.
  package static let fileName = "run.json"

  /// A stage of a run.
  package struct Stage: Sendable, Equatable {
    /// The name of the stage in the manifest.
    package var name: String
    /// The kind of the stage, as in the manifest.
    package var kind: String
    /// The key of the stage, 64 hexadecimal digits.
    package var key: String
    /// The names of the stages whose results it reads.
    package var needs: [String]

    /// Creates a stage.
    package init(name: String, kind: String, key: String, needs: [String]) {
      self.name = name
      self.kind = kind
      self.key = key
      self.needs = needs
    }
  }

  /// A plugin of a run.
  package struct Plugin: Sendable, Equatable {
    /// The name of the plugin in the manifest.
    package var name: String
    /// The id of the plugin, such as `polya.math-answer`.
    package var id: String
    /// The version of the plugin.
    package var version: String
    /// The SHA-256 of the loaded file, 64 hexadecimal digits.
    package var sha256: String
    /// The file that was loaded.
    package var file: String

    /// Creates a plugin.
    package init(name: String, id: String, version: String, sha256: String, file: String) {
      self.name = name
      self.id = id
      self.version = version
      self.sha256 = sha256
      self.file = file
    }
  }

  /// Creates a record of a run.
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

  /// Reads the stored form; throws `corrupt` if it is invalid.
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

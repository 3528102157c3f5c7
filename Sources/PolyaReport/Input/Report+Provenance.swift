extension Report {
  /// A plugin that took part in the run.
  public struct Plugin: Sendable {
    /// The name that the manifest gives it.
    public var name: String
    /// Its stable identifier, such as `polya.math-answer`.
    public var id: String
    /// Its own version.
    public var version: String
    /// SHA-256 of the loaded file, whole or shortened, hexadecimal.
    public var sha256: String
    /// The file that was loaded.
    public var file: String

    /// Describes a loaded plugin.
    public init(name: String, id: String, version: String, sha256: String, file: String) {
      self.name = name
      self.id = id
      self.version = version
      self.sha256 = sha256
      self.file = file
    }
  }

  /// One stage of the run's graph.
  public struct Stage: Sendable {
    /// Its name in the manifest.
    public var name: String
    /// What it does: `bootstrap`, `train`, ...
    public var kind: String
    /// Its content address, whole or shortened; empty while it is not known.
    public var key: String
    /// How far it has come.
    public var state: State
    /// Wall time it took so far; nil before it begins and where it was reused.
    public var seconds: Double?
    /// One line on what came out.
    public var summary: String
    /// Names of the stages whose results it reads; they become the arrows of the graph.
    public var inputs: [String]

    /// Describes a stage.
    public init(
      name: String, kind: String, key: String, state: State, seconds: Double?, summary: String,
      inputs: [String] = []
    ) {
      self.name = name
      self.kind = kind
      self.key = key
      self.state = state
      self.seconds = seconds
      self.summary = summary
      self.inputs = inputs
    }

    /// How far a stage has come.
    public enum State: String, Sendable, CaseIterable {
      /// It waits for other stages.
      case waiting
      /// It works.
      case running
      /// It was computed in this run.
      case finished
      /// An earlier run had computed it under the same key.
      case reused
      /// It stopped with an error.
      case failed
    }
  }
}

extension Report {
  /// One stage of the run's graph.
  package struct Stage: Sendable {
    /// Its name in the manifest.
    package var name: String
    /// What it does: `bootstrap`, `train`, ...
    package var kind: String
    /// Its content address, whole or shortened; empty while it is not known.
    package var key: String
    /// How far it has come.
    package var state: State
    /// Wall time it took so far; nil before it begins and where it was reused.
    package var seconds: Double?
    /// One line on what came out.
    package var summary: String
    /// Names of the stages whose results it reads; they become the arrows of the graph.
    package var inputs: [String]

    /// Describes a stage.
    package init(
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
    package enum State: String, Sendable, CaseIterable {
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

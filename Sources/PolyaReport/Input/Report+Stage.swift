extension Report {
  /// A stage in the run's graph.
  package struct Stage: Sendable {
    /// The name of the stage in the manifest.
    package var name: String
    /// The kind of the stage, such as `bootstrap` or `train`.
    package var kind: String
    /// The key of the stage, whole or shortened; empty while it is unknown.
    package var key: String
    /// The progress of the stage.
    package var state: State
    /// The wall time so far, in seconds; nil before the stage begins or if it was reused.
    package var seconds: Double?
    /// The result in one line.
    package var summary: String
    /// The names of the stages whose results it reads, which become the arrows of the graph.
    package var inputs: [String]

    /// Creates a stage.
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

    /// The progress of a stage.
    package enum State: String, Sendable, CaseIterable {
      /// The stage is waiting for other stages.
      case waiting
      /// The stage is running.
      case running
      /// The stage was computed in this run.
      case finished
      /// An earlier run computed the stage under the same key.
      case reused
      /// The stage stopped with an error.
      case failed
    }
  }
}

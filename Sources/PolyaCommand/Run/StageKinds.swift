internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaTraining

/// What `kind` of a stage may say.
enum StageKinds {
  static let all: [String: @Sendable (ObjectReader) throws -> any Stage] = [
    "demonstrate": { try DemonstrateStage($0) },
    "train": { try TrainStage($0) },
    "bootstrap": { try BootstrapStage($0) },
    "select": { try SelectStage($0) },
    "measure": { try MeasureStage($0) },
    "shadow": { try ShadowStage($0) },
    "reinforce": { try ReinforceStage($0) },
    "evaluate": { try EvaluateStage($0) },
  ]
}

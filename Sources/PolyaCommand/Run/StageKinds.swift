internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaTraining

/// The available kinds of stages, in the order in which a run uses them.
enum StageKinds {
  static let all: [any Stage.Type] = [
    DemonstrateStage.self, BootstrapStage.self, SelectStage.self, TrainStage.self, ReinforceStage.self,
    InterpolateStage.self, DistillStage.self,
    EvaluateStage.self, MeasureStage.self, ShadowStage.self,
  ]
}

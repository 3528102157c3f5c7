package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

extension ReinforceStage: ReplayableStage {
  /// The name of the shards of rollouts.
  package static let records = "rollouts"

  private struct Reached: Error {}

  /// Trains up to a step and returns its rollouts, as the stage records them. The model is not measured on the way, which
  /// changes no weights.
  package func replay(_ step: Int, _ context: StageContext) throws -> [JSON] {
    guard step < settings.steps else {
      throw PolyaError(
        .configuration, "has the steps 0 to \(settings.steps - 1), not \(step)", at: "stages.\(context.name)")
    }
    let weighted = try RewardEntry.rewards(rewards, context)
    let model = try context.model(model).model
    var (records, count): ([JSON], Int) = ([], 0)
    func add(_ rollouts: [Rollout], _ done: Int) throws {
      for rollout in rollouts {
        if done == step {
          records.append(rollout.record(id: context.recordID(count), step: step, rewards: weighted).json)
        }
        count += 1
      }
      if done == step { throw Reached() }
    }
    do {
      _ = try reinforcement(of: model, weighted, context).run(
        tasks: try context.taskSet(tasks).tasks, observer: context.observer,
        refused: { _, what, reasons in context.tooManyUnscored(what, reasons, records: Self.records) }
      ) { rollouts, done in try add(rollouts, done.steps - 1) }
    } catch is Reached {
      return records
    }
    throw PolyaError(
      .run, "the training stopped before step \(step)", at: "stages.\(context.name)")
  }
}

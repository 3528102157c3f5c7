package import PolyaCore

/// A model that samples the rollouts of another one, which is trained, such as a server that runs the same model.
///
/// It gets the trained weights through a folder, which it must be able to read.
package final class RolloutSampler {
  /// The model that samples.
  package let model: any LanguageModel
  /// The number of steps after which it gets new weights.
  package let interval: Int
  /// The number of steps in a row whose rollouts are sampled while the step before is trained; then one step waits for the
  /// trained weights. 0 for none.
  package let stepsAhead: Int
  private let name: String
  private let folder: String

  /// Creates a sampler.
  ///
  /// - Parameters:
  ///   - name: The name of the model in the manifest.
  ///   - interval: The number of steps after which it gets new weights; at least 1.
  ///   - stepsAhead: The number of steps in a row that are sampled ahead of the training; needs an interval of 1.
  ///   - folder: The path at which weights are exchanged. It is created and removed.
  package init(
    _ model: any LanguageModel, name: String, interval: Int, stepsAhead: Int = 0, folder: String
  ) {
    self.model = model
    self.name = name
    self.interval = interval
    self.stepsAhead = stepsAhead
    self.folder = folder
  }

  /// Whether the rollouts of a step are sampled with the weights before the last training step.
  func isAhead(in step: Int) -> Bool { !step.isMultiple(of: stepsAhead + 1) }

  /// Gives the sampler the trained weights if this step begins with new ones.
  func refresh(from trained: any LanguageModel, step: Int) throws {
    guard step.isMultiple(of: interval) else { return }
    try Folder.remove(folder)
    try Folder.create(folder)
    do {
      try trained.save(to: folder)
      try Folder.remove(folder + "/" + CheckpointFolder.training)
      try model.load(from: folder)
    } catch {
      // The error says why the weights were not taken; a copy of them is of no use.
      try Folder.remove(folder)
      throw error
    }
    try Folder.remove(folder)
  }

  /// Stops a training whose sampler has other weights than the trained model.
  ///
  /// What rounding explains depends on the sampler's engine. It shows in the first step, in which both sides have just
  /// loaded the same weights, and does not grow from then on.
  ///
  /// - Parameters:
  ///   - limit: What the trained model's own data type explains.
  ///   - coarsest: What the coarser data type of both explains.
  func check(
    _ mismatch: SamplingMismatch, step: Int, _ limit: SamplingMismatch.Limit,
    coarsest: SamplingMismatch.Limit
  ) throws {
    // What is sampled ahead has other weights, whose effect the correction takes away.
    guard step.isMultiple(of: interval), !isAhead(in: step) else { return }
    let seen = rounding.map { SamplingMismatch.Limit(mean: max(limit.mean, Self.margin * $0)) }
    let most = seen.map { min($0, coarsest) } ?? coarsest
    if rounding == nil { rounding = mismatch.mean }
    guard mismatch.exceeds(most) else { return }
    throw PolyaError(
      .run,
      "the sampler '\(name)' does not sample with the trained weights: its log-probs differ by \(mismatch.mean) on average (99th percentile \(mismatch.percentile99)), and rounding explains \(most.mean) (\(most.percentile99))",
      hint:
        "check that it loads all that it is given: some engines leave out embeddings that are also the output layer"
    )
  }

  /// The mean difference of the first step.
  private var rounding: Double?
  private static let margin = 8.0
}

package import PolyaCore

extension Pipeline {
  /// Returns the plan with the size of each stage's result, for which it may open the models that are trained, and with the
  /// tokens, time and cost of the stages that will run.
  ///
  /// - Parameter rates: How fast models are, by the name of their plugin, instead of how fast they were.
  package func estimatedPlan(
    targets: [String] = [], rates: [String: ModelRate] = [:], observer: any StageObserver
  ) throws -> Plan {
    var plan = try plan(targets: targets)
    let history = try UsageHistory(folder)
    let earlier = try folder.finishedStages()
    var sizes: [String: Int] = [:]
    for index in plan.steps.indices {
      let step = plan.steps[index]
      plan.steps[index].disk =
        try DiskUse(of: step, earlier: earlier)
        ?? trainedModel(step.name).flatMap { plugin in
          if sizes[plugin] == nil { sizes[plugin] = size(ofModel: plugin) }
          return sizes[plugin].flatMap { $0 > 0 ? .weights($0) : nil }
        }
      if !step.isFinished { plan.steps[index].work = try estimate(step, history, rates, observer) }
    }
    return plan
  }

  /// Returns what a stage that has run asked of models, for the journal.
  ///
  /// - Parameter work: What the manifest asked for, if the whole stage ran at once; otherwise nil.
  func usage(_ context: StageContext, of work: [ModelWork]?) -> JSON {
    var planned: [String: ModelUsage.Planned] = [:]
    for work in work ?? [] {
      let plugin = trainedModel(work.model) ?? work.model
      var sum = planned[plugin] ?? .init()
      sum.samples = ModelWork.sum(sum.samples, work.samples)
      sum.prompts = ModelWork.sum(sum.prompts, work.prompts)
      sum.sequences = ModelWork.sum(sum.sequences, work.sequences ?? 0)
      planned[plugin] = sum
    }
    for (plugin, planned) in planned { context.meter.plan(plugin, planned) }
    return context.meter.json
  }

  private func estimate(
    _ step: Plan.Step, _ history: UsageHistory, _ rates: [String: ModelRate], _ observer: any StageObserver
  ) throws -> WorkEstimate? {
    let work: [ModelWork]
    do {
      let (stage, context) = try context(of: step.name, observer: observer)
      work = try stage.work(context)
    } catch let error as PolyaError where error.code != .interrupted {
      // A plan shows what a run would do, also where that is to fail; the run says why.
      return .unknown
    }
    guard !work.isEmpty else { return nil }
    return work.reduce(into: WorkEstimate()) { sum, work in
      let plugin = trainedModel(work.model) ?? work.model
      let options = manifest.plugins.first { $0.name == plugin }?.plugin.options ?? [:]
      sum.add(
        WorkEstimate(
          work, before: history.usage(of: plugin, stage: step.name, kind: step.kind),
          all: history.usage(of: plugin), stated: rates[plugin], prices: TokenPrices(options)))
    }
  }

  /// The bytes of a model's weights in float32; 0 if it says nothing about them, or is at a server. One that cannot be opened does not
  /// keep a plan from being shown; the run says what is wrong with it.
  private func size(ofModel plugin: String) -> Int {
    do {
      guard try !roles.needsNetwork(plugin) else { return 0 }
      let (bytes, overflows) = try roles.model(plugin).info.parameters
        .multipliedReportingOverflow(by: MemoryLayout<Float>.size)
      return overflows ? 0 : bytes
    } catch { return 0 }
  }

  /// The model plugin whose weights the stage writes; nil if it trains no model.
  private func trainedModel(_ name: String) -> String? {
    func trained(_ name: String?) -> String? { manifest.stages.first { $0.name == name }?.stage.stage.trains }
    var model = trained(name)
    while let earlier = trained(model) { model = earlier }
    return model
  }
}

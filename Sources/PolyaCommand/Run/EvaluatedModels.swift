internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

/// The records of an evaluate stage of a finished run, by model and task set.
struct EvaluatedModels {
  let stage: FinishedStage
  /// In the order of the stage's shards.
  let records: [EvaluationRecord]

  /// Finds the stage that evaluated some models.
  ///
  /// - Parameter wanted: The name of the stage; nil if there is only one with these models.
  static func find(_ models: [String], in run: RunFolder, stage wanted: String?) throws -> EvaluatedModels {
    let stages = try run.finishedStages { Console.message("warning: \($0)") }.filter {
      $0.kind == EvaluateStage.kind
    }
    let named = stages.filter { wanted == nil || $0.name == wanted }
    guard !named.isEmpty else {
      throw PolyaError(
        .configuration,
        wanted.map { "there is no finished evaluate stage '\($0)'" } ?? "contains no finished evaluate stage",
        at: run.path, hint: wanted.flatMap { Suggestion.hint(for: $0, among: stages.map(\.name)) })
    }
    // With a missing shard the comparison would be smaller, and nobody would know.
    for stage in named { try run.verify(stage) }
    let all = try named.map { EvaluatedModels(stage: $0, records: try records(of: $0)) }
    let fitting = all.filter { stage in
      models.allSatisfy { name in stage.records.contains { $0.model == name } }
    }
    guard let found = fitting.first else {
      let known = all.flatMap { $0.records.map(\.model) }.reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
      }
      let missing = models.first { !known.contains($0) }
      throw PolyaError(
        .configuration,
        missing.map { "no evaluate stage has the model '\($0)'" }
          ?? "no evaluate stage has all of these models", at: run.path,
        hint: missing.flatMap { Suggestion.hint(for: $0, among: known) }
          ?? "the models are \(known.joined(separator: ", "))")
    }
    guard fitting.count == 1 else {
      throw PolyaError(
        .configuration,
        "several evaluate stages have these models: \(fitting.map(\.stage.name).joined(separator: ", "))",
        at: run.path, hint: "name one with --stage")
    }
    return found
  }

  private static func records(of stage: FinishedStage) throws -> [EvaluationRecord] {
    try Folder.names(in: stage.folder).filter {
      $0.hasPrefix(EvaluateStage.records + "-") && $0.hasSuffix(".jsonl.zst")
    }
    .flatMap { try Shards.read(file: "\(stage.folder)/\($0)").map { try EvaluationRecord($0) } }
  }

  /// The task sets, or only a wanted one.
  func taskSets(_ wanted: String?) throws -> [String] {
    let all = records.map(\.tasks).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard let wanted else { return all }
    guard all.contains(wanted) else {
      throw PolyaError(
        .configuration, "the stage '\(stage.name)' has no task set '\(wanted)'", at: "--tasks",
        hint: Suggestion.hint(for: wanted, among: all))
    }
    return [wanted]
  }

  /// The records of one model, or of several that differ in their training seeds.
  func arm(_ name: String, _ models: [String], _ tasks: String) -> EvaluatedArm {
    models.count == 1
      ? EvaluatedArm(name, of(models[0], tasks))
      : EvaluatedArm(name, seeds: models.map { ($0, of($0, tasks)) })
  }

  func of(_ model: String, _ tasks: String) -> [EvaluationRecord] {
    records.filter { $0.model == model && $0.tasks == tasks }
  }
}

package import PolyaCore
package import PolyaPipeline

/// The stage `interpolate`: a model whose weights are the weighted mean of others'.
package struct InterpolateStage: Stage {
  private let models: [(name: String, weight: Double)]

  /// The name of the kind in the manifest.
  package static let kind = "interpolate"
  /// A sentence that describes the kind.
  package static let summary =
    "Makes a model whose weights are the weighted mean of other models' weights, which often restores coverage."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] = [Key.models]

  private enum Key {
    static let models = NestedSetting.objects(
      "models", of: [use, weight], "At least two models of one architecture.")
    static let use = Setting.string("use", "A plugin or stage.")
    static let weight = Setting.real(
      "weight", in: -100...100, "The model's share; the shares must sum to 1."
    ).optional("all have the same share")
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    let read = try (reader.objects(Key.models) ?? []).map { entry in
      let model = (name: try entry.read(Key.use), weight: try entry.read(Key.weight))
      try entry.finish()
      return model
    }
    let place = reader.place("models")
    guard read.count > 1 else { throw PolyaError(.configuration, "must name at least two models", at: place) }
    let given = read.compactMap(\.weight)
    guard given.isEmpty || given.count == read.count else {
      throw PolyaError(.configuration, "give 'weight' for all of the models or for none", at: place)
    }
    guard given.isEmpty || abs(given.reduce(0, +) - 1) < 1e-9 else {
      throw PolyaError(.configuration, "the weights must sum to 1, not to \(given.reduce(0, +))", at: place)
    }
    models = read.map { ($0.name, $0.weight ?? 1 / Double(read.count)) }
  }

  /// The model that it starts from.
  package var trains: String? { models[0].name }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(models: models.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
  }

  /// Writes the mean.
  package func run(_ context: StageContext) throws -> StageResult {
    let aside = context.folder + "/.interpolate"
    try Folder.remove(aside)

    let first = try context.model(models[0].name).plugin
    let kind = try context.roles.identity(of: first).id
    var folders: [String] = []
    for (index, entry) in models.enumerated() {
      try context.observer.checkStop()
      let loaded = try context.model(entry.name)
      let own = try context.roles.identity(of: loaded.plugin).id
      guard own == kind else {
        throw PolyaError(
          .configuration,
          "the model of '\(entry.name)' is a \(own), and that of '\(models[0].name)' a \(kind)",
          at: "stages.\(context.name).models")
      }
      let folder = "\(aside)/\(index)"
      try Folder.create(folder)
      try loaded.model.save(to: folder)
      try Folder.remove("\(folder)/\(CheckpointFolder.training)")
      folders.append(folder)
      context.observer.progress(index + 1, of: models.count, entry.name)
    }
    try Folder.create(aside + "/mean")
    try WeightInterpolation.write(folders, weights: models.map(\.weight), to: aside + "/mean")
    let model = try context.model(models[0].name).model
    try model.load(from: aside + "/mean")
    try context.save(model)
    try Folder.remove(aside)
    return StageResult(summary: ["models": JSON(models.count)], modelPlugin: first)
  }
}

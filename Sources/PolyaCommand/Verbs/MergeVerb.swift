internal import PolyaCore
internal import PolyaPipeline

enum MergeVerb: Verb {
  static let name = "merge"
  static let summary =
    "Combine the shards that several processes wrote with polya run --shard into one result."
  static let operands = "MANIFEST|RUN [RUN]…"
  static let details = """
      The shards are those in the run's own folder and in any other folders of this run that are named, such as copies from
      other machines. The result is the same, byte for byte, as that of a single process. No model is asked anything.
    """
  private static let stage = Option<[String]>("--stage", "NAME", "merge only this stage")
  static let options: [any DeclaredOption] = [stage] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(stage)
    let here = try environment.workingFolder()
    var others: [RunFolder] = []
    let session = try RunSession.open(&arguments, environment) {
      while let path = try $0.optionalPositional() {
        others.append(RunFolder(Folder.resolve(path, in: here)))
      }
    }
    let pipeline = session.pipeline
    for other in others where !Folder.exists(other.file("shards")) {
      throw PolyaError(
        .configuration, "contains no shards", at: other.path,
        hint: "name a run folder, such as runs/NAME, that polya run --shard has written to")
    }
    let folders = [pipeline.folder] + others
    let stages = try pipeline.stagesWithShares(targets: targets, in: folders)
    let finished = try pipeline.shareableStages(targets: targets).filter(\.isFinished)
    guard !stages.isEmpty || !finished.isEmpty else { throw nothing(folders) }
    let merged = stages.filter { !$0.isFinished }.map(\.name)
    for stage in merged {
      try collect(stage, from: folders, session)
      try RunVerb.execute([stage], session)
    }
    for stage in finished.map(\.name) { Console.message("\(stage): up to date") }
    for stage in merged + finished.map(\.name) { try pipeline.removeShards(of: stage) }
    if asJSON { try Console.out(["merged": .array(merged.map { .string($0) })]) }
  }

  private static func collect(_ stage: String, from folders: [RunFolder], _ session: RunSession) throws {
    let lock = try RunLock(session.pipeline.folder)
    defer { withExtendedLifetime(lock) {} }
    let observer = ConsoleObserver(title: stage, stop: session.stop)
    try session.pipeline.collectShards(of: stage, from: folders, observer: observer)
  }

  private static func nothing(_ folders: [RunFolder]) -> PolyaError {
    guard let other = folders.first(where: { Folder.exists($0.file("shards")) }) else {
      return PolyaError(
        .configuration, "there are no shards of this run's stages", at: folders[0].path,
        hint: "write them with polya run --stage NAME --shard I/N")
    }
    return PolyaError(
      .configuration, "the shards are not of this manifest's stages as they are now",
      at: other.file("shards"),
      hint:
        "they belong to the manifest, task files, plugins and polya that wrote them; all machines must have the same ones"
    )
  }
}

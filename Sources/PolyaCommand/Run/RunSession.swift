internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

/// A manifest opened for a command: checked, with its plugins located and its run folder determined.
struct RunSession {
  let manifest: Manifest
  let roles: HostRoles
  let pipeline: Pipeline
  let stop: StopFlag

  /// Reads `MANIFEST|RUN [--set key.path=value]… [--runs DIR] [--threads N] [--verbose]`.
  ///
  /// - Parameter rest: Reads the operands that follow.
  static func open(
    _ arguments: inout Arguments, _ environment: CommandEnvironment,
    rest: (inout Arguments) throws -> Void = { _ in }
  ) throws -> RunSession {
    let overrides = try arguments.read(CommonOptions.set)
    let runs = try arguments.read(CommonOptions.runs) ?? "runs"
    let settings = try environment.hostSettings(&arguments)
    let word = try arguments.positional("a manifest or the folder of a run")
    try rest(&arguments)
    try arguments.finish()
    let folder = try environment.workingFolder()
    let path = Folder.resolve(word, in: folder)
    if Folder.exists(path) { return try reopen(RunFolder(path), overrides, settings, environment) }
    let manifest = try Manifest.read(file: path, kinds: StageKinds.all, overrides: overrides)
    let run = RunFolder(Folder.resolve(runs, in: folder) + "/" + manifest.name)
    return try RunSession(manifest, run, settings, environment)
  }

  /// Opens an earlier run by its resolved manifest, with paths relative to the original folder.
  private static func reopen(
    _ run: RunFolder, _ overrides: [String], _ settings: CommandEnvironment.HostSettings,
    _ environment: CommandEnvironment
  ) throws -> RunSession {
    guard FileBytes.size(of: run.file("journal.jsonl")) != nil else {
      let runs = try Folder.names(in: run.path).filter {
        FileBytes.size(of: run.file($0 + "/journal.jsonl")) != nil
      }
      throw PolyaError(
        .configuration, "is not the folder of a run", at: run.path,
        hint: runs.isEmpty
          ? "give a manifest, or a folder that polya run has written"
          : "it contains the runs \(runs.map { "'\($0)'" }.joined(separator: ", "))")
    }
    let started = try run.journal().last { $0["event"] == "run started" }
    let resolved = run.file("manifest.resolved.json")
    if let sha256 = started?["manifest_sha256"]?.string, try FileBytes.digest(of: resolved).sha256 != sha256 {
      throw PolyaError(
        .corrupt, "was changed after the run began", at: resolved,
        hint: "run the original manifest again; unchanged stages are reused")
    }
    let manifest = try Manifest.read(
      file: resolved, kinds: StageKinds.all, overrides: overrides,
      folder: started?["folder"]?.string)
    return try RunSession(manifest, run, settings, environment)
  }

  private init(
    _ manifest: Manifest, _ run: RunFolder, _ settings: CommandEnvironment.HostSettings,
    _ environment: CommandEnvironment
  ) throws {
    var settings = settings
    settings.crashes = run.file("crashes")
    settings.warns = true
    settings.writable = [run.path]
    let host = try environment.host(settings)
    let roles = HostRoles(manifest, host: host)
    self.manifest = manifest
    self.roles = roles
    pipeline = try Pipeline(manifest, folder: run, roles: roles, version: "\(HostVersion.text)")
    stop = environment.stop
  }
}

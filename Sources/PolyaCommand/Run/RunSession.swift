internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

/// A manifest opened for a command: checked, with its plugins found and its run folder named.
struct RunSession {
  let manifest: Manifest
  let roles: HostRoles
  let pipeline: Pipeline
  let stop: StopFlag

  /// Reads `MANIFEST [--set key.path=value]… [--runs DIR] [--threads N] [--verbose]`.
  static func open(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws -> RunSession {
    let overrides = try arguments.values("--set")
    let runs = try arguments.value("--runs") ?? "runs"
    let host = try environment.host(&arguments)
    let file = try arguments.positional("a manifest")
    try arguments.finish()
    let folder = try environment.workingFolder()
    let manifest = try Manifest.read(
      file: absolute(file, folder), kinds: StageKinds.all, overrides: overrides)
    let roles = HostRoles(manifest, host: host)
    let pipeline = try Pipeline(
      manifest, folder: RunFolder(absolute(runs, folder) + "/" + manifest.name), roles: roles,
      version: "\(HostVersion.text)")
    return RunSession(manifest: manifest, roles: roles, pipeline: pipeline, stop: environment.stop)
  }

  private static func absolute(_ path: String, _ folder: String) -> String {
    path.hasPrefix("/") ? path : folder + "/" + path
  }
}

internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

/// The reward that a command uses: a plugin of `--use`, or with `--manifest` a plugin or panel of that manifest.
struct RewardChoice {
  static let manifest = Option<String?>(
    "--manifest", "MANIFEST", "use a plugin or panel of this manifest, whose name --use then states")

  private enum Source {
    case plugin(PluginReference)
    case manifest(Manifest, name: String)
  }

  private let source: Source

  init(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    guard let file = try arguments.read(Self.manifest) else {
      source = .plugin(try environment.reference(&arguments))
      return
    }
    let manifest = try Manifest.read(file: file, kinds: StageKinds.all)
    let names = manifest.panels.map(\.name) + manifest.plugins.map(\.name)
    guard let name = try arguments.read(CommonOptions.use), names.contains(name) else {
      throw PolyaError(
        .configuration, "with --manifest, it must be the name of a plugin or panel in \(file)", at: "--use",
        hint: "the manifest has \(names.map { "'\($0)'" }.joined(separator: ", "))")
    }
    guard try arguments.read(CommonOptions.option).isEmpty, try arguments.read(CommonOptions.bind).isEmpty
    else {
      throw PolyaError(
        .configuration, "cannot be given with --manifest, which has the options", at: "--option")
    }
    source = .manifest(manifest, name: name)
  }

  func reward(_ host: PluginHost) throws -> any Reward {
    switch source {
    case .plugin(let reference): try host.reward(reference)
    case .manifest(let manifest, let name): try manifest.reward(name, HostRoles(manifest, host: host))
    }
  }
}

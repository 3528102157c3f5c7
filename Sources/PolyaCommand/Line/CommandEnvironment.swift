internal import Glibc
internal import PolyaCore
internal import PolyaHost

/// What every verb starts from: where plugins are, how many threads, how to stop.
final class CommandEnvironment {
  let stop = StopFlag()

  /// `$POLYA_PLUGIN_PATH`, then the folder of the executable and the plugin folder of an installation.
  var searchPath: [String] {
    let given =
      getenv("POLYA_PLUGIN_PATH").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    guard let executable = realpath("/proc/self/exe", nil) else { return given }
    defer { free(executable) }
    let path = String(cString: executable)
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
    return given + [folder, folder + "/../lib/polya"]
  }

  /// All cores.
  var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The working folder, for paths of the command line.
  func workingFolder() throws -> String {
    guard let path = getcwd(nil, 0) else { throw PolyaError(.file, "the working folder cannot be found") }
    defer { free(path) }
    return String(cString: path)
  }

  /// A host for plugins; reads `--threads` and `--verbose`.
  func host(_ arguments: inout Arguments) throws -> PluginHost {
    let threads = try arguments.integer("--threads") ?? cores
    return host(threads: threads, verbose: arguments.flag("--verbose"))
  }

  func host(threads: Int, verbose: Bool) -> PluginHost {
    let log = LogSink(verbose: verbose) { source, message in Console.message("\(source): \(message)") }
    return PluginHost(searchPath: searchPath, threads: threads, stop: stop, log: log)
  }

  /// A plugin named by `--use` with `--option key=value`.
  func reference(_ arguments: inout Arguments, default id: String? = nil) throws -> PluginReference {
    let use = try arguments.value("--use")
    var options: JSON.Members = [:]
    for pair in try arguments.values("--option") {
      guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
        throw PolyaError(.configuration, "'\(pair)' is not key=value", at: "--option")
      }
      options[String(pair[..<equals])] = Self.value(String(pair[pair.index(after: equals)...]))
    }
    guard let use = use ?? id else {
      throw PolyaError(
        .configuration, "--use is missing", cure: "name a plugin by id or path: polya plugin list")
    }
    return PluginReference(name: use, use: use, options: options, folder: try workingFolder())
  }

  /// JSON5 when it reads as such; a bare word is a text.
  private static func value(_ text: String) -> JSON {
    do { return try JSONParser.parse(text, .json5) } catch { return .string(text) }
  }
}

internal import Glibc
internal import PolyaCore
internal import PolyaHost

/// What every command needs: the plugin search path, the number of threads, and the stop flag.
final class CommandEnvironment {
  let stop = StopFlag()
  /// Limits the log lines of plugins: few by default, more with `--verbose`, for plugin authors.
  private let logs = LogLimiter(limit: 20) { Console.message($0) }
  private let verboseLogs = LogLimiter(limit: 1000) { Console.message($0) }

  /// The absolute folders in `$POLYA_PLUGIN_PATH`. Relative ones are ignored, since they would depend on the
  /// working folder.
  var searchPath: [String] {
    let given = getenv("POLYA_PLUGIN_PATH").map { String(cString: $0) } ?? ""
    return given.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  /// Writes the counts of suppressed log lines.
  func finish() {
    logs.finish()
    verboseLogs.finish()
  }

  /// Returns the path of the running executable.
  func executable() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw PolyaError(.file, "the running program cannot be found", at: "/proc/self/exe")
    }
    defer { free(path) }
    return String(cString: path)
  }

  /// Returns the folder of the running executable.
  func executableFolder() throws -> String {
    let path = try executable()
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
  }

  /// The number of processor cores.
  var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Returns the working folder, against which paths of the command line are resolved.
  func workingFolder() throws -> String {
    guard let path = getcwd(nil, 0) else { throw PolyaError(.file, "the working folder cannot be found") }
    defer { free(path) }
    return String(cString: path)
  }

  /// The settings of the plugin host from the command line.
  struct HostSettings {
    var threads: Int
    var verbose = false
    /// The folder for rows that crash a plugin; nil saves none.
    var crashes: String? = "crashes"
    /// Folders that models out of process may write to.
    var writable: [String] = []
    /// Whether to report the plugins that run out of process because they are untrusted.
    var warns = false
  }

  /// Reads `--threads` and `--verbose`.
  func hostSettings(_ arguments: inout Arguments) throws -> HostSettings {
    HostSettings(
      threads: try arguments.read(CommonOptions.threads) ?? cores,
      verbose: try arguments.read(CommonOptions.verbose))
  }

  /// Creates a plugin host; reads `--threads` and `--verbose`.
  func host(_ arguments: inout Arguments) throws -> PluginHost { try host(hostSettings(&arguments)) }

  func host(_ settings: HostSettings) throws -> PluginHost {
    let logs = settings.verbose ? verboseLogs : self.logs
    let log = LogSink(verbose: settings.verbose) { source, message in logs.log(source, message) }
    let folder = try executableFolder()
    let current = try workingFolder()
    let cases = settings.crashes.map { path in
      CrashFolder(Folder.resolve(path, in: current)) { plugin, cause, file in
        logs.log(plugin, "\(cause): polya plugin replay \(file)")
      }
    }
    let environment = PluginHost.Environment(
      searchPath: searchPath, installed: [folder, folder + "/../lib/polya"],
      worker: folder + "/polya-worker", writable: settings.writable, threads: settings.threads,
      crashes: cases,
      warn: { if settings.warns { Console.message("warning: \($0)") } })
    return PluginHost(environment, stop: stop, log: log)
  }

  /// Returns the plugin named by `--use`, with `--option key=value` and optionally `--isolation`. The models
  /// that its options name come from `--bind NAME=ID|FILE` and are configured with `--option NAME.key=value`.
  func reference(_ arguments: inout Arguments, default id: String? = nil) throws -> PluginReference {
    let use = try arguments.read(CommonOptions.use)
    var options = try Self.options(try arguments.read(CommonOptions.option))
    let bindings = try bindings(try arguments.read(CommonOptions.bind), &options)
    let isolation = try arguments.read(CommonOptions.isolation).flatMap { Isolation(rawValue: $0) }
    guard let use = use ?? id else {
      throw PolyaError(
        .configuration, "--use is missing",
        hint: "name a plugin by its id or file; polya plugin list shows the ids")
    }
    var reference = PluginReference(
      name: use, use: use, options: options, folder: try workingFolder(), isolation: isolation)
    reference.bindings = bindings
    return reference
  }

  /// Returns the plugins of `--bind` and moves their options out of `options`.
  private func bindings(_ words: [String], _ options: inout JSON.Members) throws -> [String: PluginReference]
  {
    var bindings: [String: PluginReference] = [:]
    for word in words {
      guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
        throw PolyaError(.configuration, "'\(word)' is not name=plugin", at: "--bind")
      }
      let name = String(word[..<equals])
      var own: JSON.Members = [:]
      for (key, value) in options where key.hasPrefix(name + ".") {
        own[String(key.dropFirst(name.count + 1))] = value
        options[key] = nil
      }
      bindings[name] = PluginReference(
        name: name, use: String(word[word.index(after: equals)...]), options: own,
        folder: try workingFolder())
    }
    return bindings
  }

  /// Parses the arguments of `--option key=value`.
  static func options(_ pairs: [String]) throws -> JSON.Members {
    var options: JSON.Members = [:]
    for pair in pairs {
      guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
        throw PolyaError(.configuration, "'\(pair)' is not key=value", at: "--option")
      }
      options[String(pair[..<equals])] = value(String(pair[pair.index(after: equals)...]))
    }
    return options
  }

  /// Parses a value as JSON5, or takes it as a string if that fails.
  private static func value(_ text: String) -> JSON {
    do { return try JSONParser.parse(text, .json5) } catch { return .string(text) }
  }
}

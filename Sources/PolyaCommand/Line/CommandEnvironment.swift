internal import Glibc
internal import PolyaCore
internal import PolyaHost

/// What every verb starts from: where plugins are, how many threads, how to stop.
final class CommandEnvironment {
  let stop = StopFlag()
  /// Warnings of plugins, of which a person reads a few; with `--verbose` the plugin's author reads.
  private let logs = LogLimiter(limit: 20) { Console.message($0) }
  private let verboseLogs = LogLimiter(limit: 1000) { Console.message($0) }

  /// The folders of `$POLYA_PLUGIN_PATH`; relative ones would depend on where a command is given, so they do not count.
  var searchPath: [String] {
    let given = getenv("POLYA_PLUGIN_PATH").map { String(cString: $0) } ?? ""
    return given.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  /// Says what plugins' logs still hold back.
  func finish() {
    logs.finish()
    verboseLogs.finish()
  }

  /// The running program.
  func executable() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw PolyaError(.file, "the running program cannot be found", at: "/proc/self/exe")
    }
    defer { free(path) }
    return String(cString: path)
  }

  /// Its folder.
  func executableFolder() throws -> String {
    let path = try executable()
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
  }

  /// All cores.
  var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The working folder, for paths of the command line.
  func workingFolder() throws -> String {
    guard let path = getcwd(nil, 0) else { throw PolyaError(.file, "the working folder cannot be found") }
    defer { free(path) }
    return String(cString: path)
  }

  /// What a command line says about its host.
  struct HostSettings {
    var threads: Int
    var verbose = false
    /// Where rows that bring a plugin down are kept; nil: nowhere.
    var crashes: String? = "crashes"
    /// Where models out of process may be stored.
    var writable: [String] = []
    /// Whether to say which plugins run out of process because they are untrusted.
    var warns = false
  }

  /// Reads `--threads` and `--verbose`.
  func hostSettings(_ arguments: inout Arguments) throws -> HostSettings {
    HostSettings(
      threads: try arguments.read(CommonOptions.threads) ?? cores,
      verbose: try arguments.read(CommonOptions.verbose))
  }

  /// A host for plugins; reads `--threads` and `--verbose`.
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

  /// A plugin named by `--use` with `--option key=value` and perhaps `--isolation`. What its options name is given by
  /// `--bind NAME=ID|FILE`, and configured by `--option NAME.key=value`.
  func reference(_ arguments: inout Arguments, default id: String? = nil) throws -> PluginReference {
    let use = try arguments.read(CommonOptions.use)
    var options = try Self.options(try arguments.read(CommonOptions.option))
    let bindings = try bindings(try arguments.read(CommonOptions.bind), &options)
    let isolation = try arguments.read(CommonOptions.isolation).flatMap { Isolation(rawValue: $0) }
    guard let use = use ?? id else {
      throw PolyaError(
        .configuration, "--use is missing", hint: "name a plugin by id or path: polya plugin list")
    }
    var reference = PluginReference(
      name: use, use: use, options: options, folder: try workingFolder(), isolation: isolation)
    reference.bindings = bindings
    return reference
  }

  /// Takes their options out of `options`.
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

  /// The settings of `--option key=value` words.
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

  /// JSON5 when it reads as such; a bare word is a string.
  private static func value(_ text: String) -> JSON {
    do { return try JSONParser.parse(text, .json5) } catch { return .string(text) }
  }
}

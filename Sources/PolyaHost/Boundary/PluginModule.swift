internal import CPolya
internal import Glibc
internal import PolyaContract
internal import PolyaCore
internal import Synchronization

/// A loaded shared object. It is never unloaded, since unloading Swift or C++ code crashes the process later.
final class PluginModule {
  let file: String
  /// Held during each call of a plugin whose instances share state.
  let serial = Mutex<Void>(())
  private let raw: UnsafePointer<PolyaModule>

  /// Loads a module and checks that its ABI is compatible.
  ///
  /// - Parameter path: The copy to load.
  ///
  /// - Throws: `plugin` with the file, what was found and expected, and a hint.
  init(file: String, loading path: String, host: HostTable) throws {
    self.file = file
    let flags = RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)
    guard let handle = dlopen(path, flags) else {
      let why = PluginModule.linkerError()
      throw PluginModule.failure(
        file, "cannot be loaded: \(why.replacing(path, with: file))", try PluginModule.hint(path, why))
    }
    guard let symbol = dlsym(handle, "polya_plugin_entry") else {
      throw PluginModule.failure(
        file, "does not export polya_plugin_entry",
        "export that function; see polya/plugin.h")
    }
    typealias Entry = @convention(c) (UnsafePointer<PolyaHost>?) -> UnsafePointer<PolyaModule>?
    guard let module = unsafeBitCast(symbol, to: Entry.self)(host.raw) else {
      throw PluginModule.failure(file, "refused to load", "use --verbose to see what it logs")
    }
    raw = module
    try negotiate()
  }

  /// Returns a hint for a file that the dynamic loader refused.
  private static func hint(_ path: String, _ why: String) throws -> String {
    guard try FileBytes.read(path, from: 0, count: 4) == [0x7F, 0x45, 0x4C, 0x46] else {
      return "use a shared object (.so); for Python code, use the option 'file' of polya.python-reward, "
        + "polya.python-strategy, or polya.python-tasks"
    }
    if why.contains("executable") { return "it is a program; link it as a shared object (-shared)" }
    return access(path, X_OK) == 0
      ? "rebuild it on this system"
      : "check whether the folder for temporary files (TMPDIR) allows programs to run"
  }

  private static func failure(_ file: String, _ message: String, _ hint: String) -> PolyaError {
    PolyaError(.plugin, message, at: file, hint: hint)
  }

  private static func linkerError() -> String { dlerror().map { String(cString: $0) } ?? "unknown reason" }

  private func negotiate() throws {
    let magic = raw.pointee.magic
    guard magic == POLYA_MAGIC else {
      throw Self.failure(
        file,
        "is not a polya plugin: its magic number is \(String(magic, radix: 16)), not \(String(POLYA_MAGIC, radix: 16))",
        "compile it against polya/polya.h")
    }
    let (major, minor, needed) = (raw.pointee.abi_major, raw.pointee.abi_minor, raw.pointee.needs_minor)
    let wanted = "\(POLYA_ABI_MAJOR).\(POLYA_ABI_MINOR)"
    guard major == POLYA_ABI_MAJOR else {
      let hint = major < POLYA_ABI_MAJOR ? "update the plugin" : "update polya"
      throw Self.failure(file, "has ABI \(major).\(minor), but this host has \(wanted)", hint)
    }
    guard needed <= POLYA_ABI_MINOR else {
      throw Self.failure(
        file, "needs at least ABI \(major).\(needed), but this host has \(wanted)", "update polya")
    }
    guard Int(raw.pointee.struct_size) >= StructLayout.FirstSize.module, raw.pointee.plugin_at != nil else {
      throw Self.failure(
        file,
        "describes itself in \(raw.pointee.struct_size) bytes, but at least \(StructLayout.FirstSize.module) are needed",
        "compile it against polya/polya.h")
    }
  }

  /// Returns the descriptors of all plugins in the module.
  func descriptions(sha256: String) throws -> [PluginDescription] {
    try (0..<raw.pointee.plugin_count).map { try describe(try plugin(at: $0), sha256: sha256) }
  }

  /// Returns the descriptor of a plugin, or nil if the module does not contain it.
  func plugin(id: String) throws -> UnsafePointer<PolyaPlugin>? {
    for index in 0..<raw.pointee.plugin_count {
      let plugin = try plugin(at: index)
      if try naming({ try Received.local.text(plugin.pointee.id, "its id") }) == id { return plugin }
    }
    return nil
  }

  private func plugin(at index: UInt32) throws -> UnsafePointer<PolyaPlugin> {
    guard let plugin = raw.pointee.plugin_at(index) else {
      throw Self.failure(
        file, "announces \(raw.pointee.plugin_count) plugins but has none at index \(index)",
        "report this to the plugin's author")
    }
    guard Int(plugin.pointee.struct_size) >= StructLayout.FirstSize.plugin, plugin.pointee.create != nil,
      plugin.pointee.destroy != nil, plugin.pointee.table != nil
    else {
      throw Self.failure(
        file, "has an incomplete descriptor at index \(index)", "report this to the plugin's author")
    }
    return plugin
  }

  private func naming<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let misbehavior as Misbehavior {
      throw Self.failure(file, misbehavior.message, "report this to the plugin's author")
    }
  }

  func describe(_ plugin: UnsafePointer<PolyaPlugin>, sha256: String) throws -> PluginDescription {
    let read = Received.local
    return try naming {
      PluginDescription(
        id: try read.text(plugin.pointee.id, "its id"), kind: try read.text(plugin.pointee.kind, "its kind"),
        version: try read.text(plugin.pointee.version, "its version"),
        title: try read.text(plugin.pointee.title, "its title"),
        summary: try read.text(plugin.pointee.summary, "its summary"),
        guide: try read.text(plugin.pointee.guide, "its guide"),
        options: try read.rows(plugin.pointee.options, PolyaOption.self, "its options") {
          try OptionDescription($0)
        },
        traits: PluginTraits(rawValue: plugin.pointee.traits), file: file, sha256: sha256,
        abi: "\(raw.pointee.abi_major).\(raw.pointee.abi_minor)",
        toolchain: try read.text(raw.pointee.toolchain, "its toolchain"))
    }
  }
}

extension OptionDescription {
  init(_ option: PolyaOption) throws {
    let read = Received.local
    let key = try read.text(option.key, "an option's key")
    let literal = try read.text(option.default_json, "the default of '\(key)'")
    self.init(
      key: key, help: try read.text(option.help, "the help of '\(key)'"),
      kind: try Self.kind(option, key),
      defaultValue: literal.isEmpty ? nil : try JSONParser.parse(literal, at: "default of '\(key)'"),
      isRequired: option.flags & UInt32(POLYA_OPTF_REQUIRED) != 0,
      isList: option.flags & UInt32(POLYA_OPTF_LIST) != 0)
  }

  private static func kind(_ option: PolyaOption, _ key: String) throws -> Kind {
    switch Int(option.type) {
    case Int(POLYA_OPT_BOOL): return .bool
    case Int(POLYA_OPT_INT):
      let isOpen = option.int_min == 0 && option.int_max == 0
      guard isOpen || option.int_min <= option.int_max else {
        throw Misbehavior("the lower bound of '\(key)' is above the upper one")
      }
      return .integer(isOpen ? .min ... .max : option.int_min...option.int_max)
    case Int(POLYA_OPT_REAL):
      let isOpen = option.real_min == 0 && option.real_max == 0
      let low = isOpen || option.real_min.isNaN ? -.infinity : option.real_min
      let high = isOpen || option.real_max.isNaN ? .infinity : option.real_max
      guard low <= high else { throw Misbehavior("the lower bound of '\(key)' is above the upper one") }
      return .real(low...high)
    case Int(POLYA_OPT_TEXT): return .text
    case Int(POLYA_OPT_CHOICE): return .choice(try choices(option, key))
    case Int(POLYA_OPT_PATH): return .path
    case Int(POLYA_OPT_BYTES): return .bytes
    case Int(POLYA_OPT_SECONDS): return .seconds
    case Int(POLYA_OPT_SECRET): return .secret
    case Int(POLYA_OPT_JSON): return .json
    case Int(POLYA_OPT_MODEL): return .model
    default: throw Misbehavior("the option '\(key)' has the unknown type \(option.type)")
    }
  }

  private static func choices(_ option: PolyaOption, _ key: String) throws -> [Choice] {
    try Received.local.rows(option.choices, PolyaChoice.self, "the choices of '\(key)'") {
      Choice(
        value: try Received.local.text($0.value, "a choice of '\(key)'"),
        help: try Received.local.text($0.help, "the help of a choice of '\(key)'"))
    }
  }

  /// The number of the type in the header.
  var rawType: UInt32 {
    switch kind {
    case .bool: UInt32(POLYA_OPT_BOOL)
    case .integer: UInt32(POLYA_OPT_INT)
    case .real: UInt32(POLYA_OPT_REAL)
    case .text: UInt32(POLYA_OPT_TEXT)
    case .choice: UInt32(POLYA_OPT_CHOICE)
    case .path: UInt32(POLYA_OPT_PATH)
    case .bytes: UInt32(POLYA_OPT_BYTES)
    case .seconds: UInt32(POLYA_OPT_SECONDS)
    case .secret: UInt32(POLYA_OPT_SECRET)
    case .json: UInt32(POLYA_OPT_JSON)
    case .model: UInt32(POLYA_OPT_MODEL)
    }
  }
}

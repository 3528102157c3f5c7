internal import CPolya
internal import Glibc
internal import PolyaCore

/// A loaded shared object. Never unloaded: unloading Swift or C++ code crashes the process later.
final class PluginModule {
  let file: String
  let sha256: String
  private let raw: UnsafePointer<PolyaModule>

  /// Loads and negotiates.
  ///
  /// - Throws: a `plugin` error with file, found, wanted and cure.
  init(file: String, sha256: String, host: HostTable) throws {
    self.file = file
    self.sha256 = sha256
    let flags = RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)
    guard let handle = dlopen(file, flags) else {
      throw PluginModule.failure(
        file, "cannot be loaded: \(PluginModule.linkerError())", "rebuild it on this system")
    }
    guard let symbol = dlsym(handle, "polya_plugin_entry") else {
      throw PluginModule.failure(
        file, "has no entry: it does not export polya_plugin_entry",
        "export that one function, see polya/plugin.h")
    }
    typealias Entry = @convention(c) (UnsafePointer<PolyaHost>?) -> UnsafePointer<PolyaModule>?
    guard let module = unsafeBitCast(symbol, to: Entry.self)(host.raw) else {
      throw PluginModule.failure(file, "refused to load", "its reason stands in the log above")
    }
    raw = module
    try negotiate()
  }

  private static func failure(_ file: String, _ message: String, _ cure: String) -> PolyaError {
    PolyaError(.plugin, message, at: file, cure: cure)
  }

  private static func linkerError() -> String { dlerror().map { String(cString: $0) } ?? "unknown reason" }

  private func negotiate() throws {
    let module = raw.pointee
    guard module.magic == POLYA_MAGIC else {
      throw Self.failure(
        file,
        "is not a polya plugin: magic \(String(module.magic, radix: 16)), wanted \(String(POLYA_MAGIC, radix: 16))",
        "compile it against polya/polya.h")
    }
    let found = "ABI \(module.abi_major).\(module.abi_minor)"
    let wanted = "\(POLYA_ABI_MAJOR).\(POLYA_ABI_MINOR)"
    guard module.abi_major == POLYA_ABI_MAJOR else {
      let cure = module.abi_major < POLYA_ABI_MAJOR ? "update the plugin" : "update polya"
      throw Self.failure(file, "has \(found), this host has \(wanted)", cure)
    }
    guard module.needs_minor <= POLYA_ABI_MINOR else {
      throw Self.failure(
        file, "needs at least ABI \(module.abi_major).\(module.needs_minor), this host has \(wanted)",
        "update polya")
    }
    guard Int(module.struct_size) >= MemoryLayout<PolyaModule>.size, module.plugin_at != nil else {
      throw Self.failure(
        file, "describes itself in \(module.struct_size) bytes, \(MemoryLayout<PolyaModule>.size) wanted",
        "compile it against polya/polya.h")
    }
  }

  /// All plugins of the module, described.
  func descriptions() throws -> [PluginDescription] {
    try (0..<raw.pointee.plugin_count).map { try describe(try plugin(at: $0)) }
  }

  /// The descriptor of an id; nil when the module does not hold it.
  func plugin(id: String) throws -> UnsafePointer<PolyaPlugin>? {
    for index in 0..<raw.pointee.plugin_count {
      let plugin = try plugin(at: index)
      if try naming({ try Received.text(plugin.pointee.id, "its id") }) == id { return plugin }
    }
    return nil
  }

  private func plugin(at index: UInt32) throws -> UnsafePointer<PolyaPlugin> {
    guard let plugin = raw.pointee.plugin_at(index) else {
      throw Self.failure(
        file, "announces \(raw.pointee.plugin_count) plugins but has none at \(index)",
        "report it to its author")
    }
    guard Int(plugin.pointee.struct_size) >= MemoryLayout<PolyaPlugin>.size, plugin.pointee.create != nil,
      plugin.pointee.destroy != nil, plugin.pointee.table != nil
    else { throw Self.failure(file, "has an incomplete descriptor at \(index)", "report it to its author") }
    return plugin
  }

  private func naming<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let misbehaviour as Misbehaviour {
      throw Self.failure(file, misbehaviour.message, "report it to its author")
    }
  }

  func describe(_ plugin: UnsafePointer<PolyaPlugin>) throws -> PluginDescription {
    let raw = plugin.pointee
    return try naming {
      PluginDescription(
        id: try Received.text(raw.id, "its id"), kind: try Received.text(raw.kind, "its kind"),
        version: try Received.text(raw.version, "its version"),
        title: try Received.text(raw.title, "its title"),
        summary: try Received.text(raw.summary, "its summary"),
        guide: try Received.text(raw.guide, "its guide"),
        options: try Received.rows(raw.options, PolyaOption.self, "its options") {
          try OptionDescription($0)
        },
        traits: Self.traits(raw.traits), file: file, sha256: sha256,
        abi: "\(self.raw.pointee.abi_major).\(self.raw.pointee.abi_minor)")
    }
  }

  private static func traits(_ bits: UInt64) -> [String] {
    let names = ["nondeterministic", "network", "runs-code", "gpu", "own-process", "whole-groups"]
    return names.indices.filter { bits >> $0 & 1 == 1 }.map { names[$0] }
  }
}

extension OptionDescription {
  init(_ option: PolyaOption) throws {
    key = try Received.text(option.key, "an option's key")
    help = try Received.text(option.help, "the help of '\(key)'")
    let literal = try Received.text(option.default_json, "the default of '\(key)'")
    defaultValue = literal.isEmpty ? nil : try JSONParser.parse(literal, at: "default of '\(key)'")
    isRequired = option.flags & UInt32(POLYA_OPTF_REQUIRED) != 0
    isList = option.flags & UInt32(POLYA_OPTF_LIST) != 0
    kind = try Self.kind(option, key)
  }

  private static func kind(_ option: PolyaOption, _ key: String) throws -> Kind {
    switch Int(option.type) {
    case Int(POLYA_OPT_BOOL): return .bool
    case Int(POLYA_OPT_INT):
      let isOpen = option.int_min == 0 && option.int_max == 0
      guard isOpen || option.int_min <= option.int_max else {
        throw Misbehaviour("the bounds of '\(key)' are crossed")
      }
      return .integer(isOpen ? .min ... .max : option.int_min...option.int_max)
    case Int(POLYA_OPT_REAL):
      let isOpen = option.real_min == 0 && option.real_max == 0
      let low = isOpen || option.real_min.isNaN ? -.infinity : option.real_min
      let high = isOpen || option.real_max.isNaN ? .infinity : option.real_max
      guard low <= high else { throw Misbehaviour("the bounds of '\(key)' are crossed") }
      return .real(low...high)
    case Int(POLYA_OPT_TEXT): return .text
    case Int(POLYA_OPT_CHOICE):
      return .choice(
        try Received.rows(option.choices, PolyaChoice.self, "the choices of '\(key)'") {
          Choice(
            value: try Received.text($0.value, "a choice of '\(key)'"),
            help: try Received.text($0.help, "the help of a choice of '\(key)'"))
        })
    case Int(POLYA_OPT_PATH): return .path
    case Int(POLYA_OPT_BYTES): return .bytes
    case Int(POLYA_OPT_SECONDS): return .seconds
    case Int(POLYA_OPT_SECRET): return .secret
    case Int(POLYA_OPT_JSON): return .json
    case Int(POLYA_OPT_MODEL): return .binding("model")
    case Int(POLYA_OPT_REWARD): return .binding("reward")
    case Int(POLYA_OPT_STRATEGY): return .binding("strategy")
    default: throw Misbehaviour("the option '\(key)' has the unknown type \(option.type)")
    }
  }
}

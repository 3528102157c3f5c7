internal import CPolya
internal import Glibc
internal import PolyaContract
internal import PolyaCore

/// The loaded module and the plugin to check. It is lenient: anything that breaks a rule is left to that
/// rule.
///
/// Safety: Descriptors are constants of the module, which is never unloaded.
final class Subject {
  let module: UnsafePointer<PolyaModule>
  let plugin: UnsafePointer<PolyaPlugin>
  let host: HostFixture
  let space = AddressSpace()
  let evidence = Evidence()
  typealias Entry = @convention(c) (UnsafePointer<PolyaHost>?) -> UnsafePointer<PolyaModule>?
  let entry: Entry

  init(file: String, plugin id: String?, settings: HostSettings) throws {
    host = try HostFixture(settings)
    (entry, module) = try Self.open(file, host)
    var found: UnsafePointer<PolyaPlugin>?
    for index in 0..<module.pointee.plugin_count {
      guard let plugin = module.pointee.plugin_at(index), plugin.pointee.create != nil,
        plugin.pointee.destroy != nil, plugin.pointee.table != nil
      else { throw Violation("plugin \(index) is missing or lacks create, destroy, or table") }
      if id == nil || Self.lossy(plugin.pointee.id) == id { found = found ?? plugin }
    }
    guard let found else { throw Violation("it contains no plugin \(id.map { "'\($0)'" } ?? "at all")") }
    self.plugin = found
  }

  /// Returns the ids and kinds of all plugins in a file.
  static func identify(file: String) throws -> [(id: String, kind: String)] {
    do {
      let (_, module) = try open(file, try HostFixture(HostSettings()))
      return (0..<module.pointee.plugin_count).compactMap { index in
        module.pointee.plugin_at(index).map { (lossy($0.pointee.id), lossy($0.pointee.kind)) }
      }
    } catch let violation as Violation {
      throw PolyaError(.plugin, violation.message, at: file, hint: "rebuild it with polya/polya.h")
    }
  }

  private static func open(_ file: String, _ host: HostFixture) throws -> (Entry, UnsafePointer<PolyaModule>)
  {
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)) else {
      throw Violation("it cannot be loaded: \(dlerror().map { String(cString: $0) } ?? "unknown reason")")
    }
    guard let symbol = dlsym(handle, "polya_plugin_entry") else {
      throw Violation("it does not export polya_plugin_entry")
    }
    let entry = unsafeBitCast(symbol, to: Entry.self)
    guard let module = entry(host.raw) else {
      throw Violation("it refuses to load: \(host.lastLog ?? "it logged no reason")")
    }
    let raw = module.pointee
    guard raw.magic == POLYA_MAGIC, raw.abi_major == POLYA_ABI_MAJOR, raw.needs_minor <= POLYA_ABI_MINOR,
      Int(raw.struct_size) >= MemoryLayout<PolyaModule>.size, raw.plugin_at != nil
    else {
      throw Violation(
        "its module has magic \(String(raw.magic, radix: 16)), ABI \(raw.abi_major).\(raw.abi_minor), "
          + "needs minor \(raw.needs_minor) and \(raw.struct_size) bytes, which no host of ABI 1.0 accepts")
    }
    return (entry, module)
  }

  static func lossy(_ text: PolyaText) -> String {
    guard let data = text.data, text.size < 1 << 20 else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
  }

  var kindText: String { Self.lossy(plugin.pointee.kind) }
  var kind: PluginKind? { PluginKind(rawValue: kindText) }
  var id: String { Self.lossy(plugin.pointee.id) }
  var pluginCount: UInt32 { module.pointee.plugin_count }
  var isSerialInModule: Bool { plugin.pointee.traits & ContractBits.traitSerialModule != 0 }
  var wantsWholeGroups: Bool { plugin.pointee.traits & ContractBits.traitWholeGroups != 0 }
  var isNondeterministic: Bool { plugin.pointee.traits & ContractBits.traitNondeterministic != 0 }
  var hasInterrupt: Bool { plugin.pointee.interrupt != nil }

  /// Returns whether calling the entry again returns the same module.
  func entryIsIdempotent() -> Bool { entry(host.raw) == module }

  /// Returns whether there is a plugin beyond the end.
  func hasPlugin(at index: UInt32) -> Bool { module.pointee.plugin_at(index) != nil }

  func table(_ id: String) -> UnsafeRawPointer? { id.withCString { plugin.pointee.table(plugin, $0) } }
  func hasTable(_ id: String) -> Bool { table(id) != nil }

  /// Returns the table of its kind. A table of an older header is shorter; the missing functions are NULL.
  func table<Table>(as type: Table.Type) -> Table? {
    guard let table = table(kindText) else { return nil }
    let given = max(Int(table.loadUnaligned(as: UInt32.self)), kind?.frozenTable ?? 0)
    let size = min(given, MemoryLayout<Table>.size)
    return withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Table>.size, alignment: 16) { whole in
      whole.initializeMemory(as: UInt8.self, repeating: 0)
      whole.copyMemory(from: UnsafeRawBufferPointer(start: table, count: size))
      return whole.load(as: Table.self)
    }
  }

  func reader(_ extra: [Range<UInt>] = []) throws -> ResultReader {
    ResultReader(space: space, allowed: try AddressSpace.moduleRanges() + extra, evidence: evidence)
  }

  /// The outcome of create().
  enum Creation {
    case created(Instance)
    case refused(Refusal)
  }

  /// A create() that returned no instance.
  struct Refusal {
    var status: Int32
    var leftInstance: Bool
    var reasons: [String]
    var reason: String { reasons.last ?? "status \(status) without a reason" }
  }

  func create(_ values: [OptionValue], _ settings: CallSettings) throws -> Creation {
    let call = try CallFixture(settings, host: host)
    let memory = InputMemory(.none)
    let writer = InputWriter(memory: memory)
    let rows = writer.rows(values.map { $0.raw(writer) })
    var raw: OpaquePointer?
    let status = plugin.pointee.create(plugin, call.raw, rows, &raw)
    guard status == 0, let raw else {
      evidence.saw(.refusal)
      return .refused(Refusal(status: status, leftInstance: raw != nil, reasons: call.reasons))
    }
    return .created(Instance(subject: self, raw: raw))
  }
}

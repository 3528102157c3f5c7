internal import CPolya
internal import PolyaCore

/// One configured plugin: instance, function table, and the frame of its calls.
///
/// Used by one call at a time: the pipeline is the only caller, from one thread.
final class PluginInstance {
  let description: PluginDescription
  /// What errors call it.
  let name: String
  let frame: CallFrame
  let raw: OpaquePointer
  private let plugin: UnsafePointer<PolyaPlugin>
  private let module: PluginModule
  private let table: UnsafeRawPointer

  /// Creates the instance with checked options.
  init(
    name: String, module: PluginModule, plugin: UnsafePointer<PolyaPlugin>, kind: String,
    options: [CheckedOption],
    seed: UInt64, frame: CallFrame
  ) throws {
    self.name = name
    self.module = module
    self.plugin = plugin
    self.frame = frame
    description = try module.describe(plugin)
    guard description.kind == kind, let table = kind.withCString({ plugin.pointee.table(plugin, $0) }) else {
      throw PolyaError(
        .plugin, "'\(name)' (\(description.id)) is a \(description.kind), wanted \(kind)", at: module.file,
        cure: "name another plugin there")
    }
    self.table = table
    frame.begin(seed: seed)
    let values = frame.rows(zip(options, description.options).map { frame.value($0, $1) })
    var instance: OpaquePointer?
    let status = plugin.pointee.create(plugin, UnsafePointer(frame.raw), values, &instance)
    guard status == PolyaStatus(POLYA_OK) else {
      throw Self.error(name, module.file, "rejects its options", status, frame)
    }
    guard let instance else {
      throw PolyaError(
        .plugin, "'\(name)' says it was created but gives no instance", at: module.file,
        cure: "report it to its author")
    }
    raw = instance
  }

  deinit { plugin.pointee.destroy(plugin, raw) }

  /// The function table, when it is at least as large as the one of ABI 1.0.
  func table<Table>(as type: Table.Type) throws -> Table {
    let size = table.loadUnaligned(as: UInt32.self)
    guard Int(size) >= MemoryLayout<Table>.size else {
      throw misbehaved("its table has \(size) bytes, \(MemoryLayout<Table>.size) wanted")
    }
    return table.assumingMemoryBound(to: Table.self).pointee
  }

  /// A function of the table that must be there.
  func required<Function>(_ function: Function?, _ name: String) throws -> Function {
    guard let function else { throw misbehaved("its function '\(name)' is missing") }
    return function
  }

  /// Runs one call and turns its status and every breach of the contract into an error.
  func call<T>(
    _ function: String, seed: UInt64 = 0,
    _ body: (UnsafePointer<PolyaCall>) throws -> (PolyaStatus, () throws -> T)
  )
    throws -> T
  {
    do {
      let (status, read) = try body(UnsafePointer(frame.raw))
      guard status == PolyaStatus(POLYA_OK) else {
        throw Self.error(name, module.file, "fails in '\(function)'", status, frame)
      }
      return try read()
    } catch let misbehaviour as Misbehaviour {
      throw misbehaved("in '\(function)', \(misbehaviour.message)")
    }
  }

  func misbehaved(_ message: String) -> PolyaError {
    PolyaError(
      .plugin, "'\(name)' (\(description.id) \(description.version)) breaks the contract: \(message)",
      at: module.file,
      cure: "report it to its author")
  }

  /// Why a row failed: the plugin recorded reasons in the order of its failing rows.
  func reasons(of statuses: [PolyaStatus]) -> [String] {
    var recorded = frame.failures.map(\.why)[...]
    let failing = statuses.count { $0 != PolyaStatus(POLYA_OK) }
    let inOrder = recorded.count == failing
    return statuses.map { status in
      guard status != PolyaStatus(POLYA_OK) else { return "" }
      let why = inOrder ? recorded.popFirst() : recorded.last
      return why ?? StatusName.text(status)
    }
  }

  private static func error(
    _ name: String, _ file: String, _ what: String, _ status: PolyaStatus, _ frame: CallFrame
  ) -> PolyaError {
    if status == PolyaStatus(POLYA_CANCELLED) {
      return PolyaError(.interrupted, "stopped on request", cure: "the same command goes on from here")
    }
    let why = frame.failures.last.map { "\($0.why)" } ?? "it gave no reason (\(StatusName.text(status)))"
    return PolyaError(.plugin, "'\(name)' \(what): \(why)", at: file)
  }
}

/// Status codes in words.
enum StatusName {
  static func text(_ status: PolyaStatus) -> String {
    let names = [
      "ok", "cancelled", "timed out", "bad argument", "bad option", "not found", "unsupported", "wrong state",
      "out of memory", "limit exceeded", "unavailable", "input/output error", "corrupt data", "denied",
      "internal error", "misbehaved",
    ]
    return names.indices.contains(Int(status)) ? names[Int(status)] : "status \(status)"
  }
}

extension CallFrame {
  /// A checked option as the plugin receives it.
  func value(_ option: CheckedOption, _ description: OptionDescription) -> PolyaValue {
    var value = PolyaValue()
    value.type = description.rawType
    switch option {
    case .absent: value.type = 0
    case .integer(let integer): value.integer = integer
    case .real(let real): value.real = real
    case .text(let string): value.text = text(string)
    case .choice(let index, let string):
      value.integer = Int64(index)
      value.text = text(string)
    case .list(let values): value.list = rows(values.map { self.value($0, description) })
    }
    return value
  }
}

extension OptionDescription {
  fileprivate var rawType: UInt32 {
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
    case .binding("reward"): UInt32(POLYA_OPT_REWARD)
    case .binding("strategy"): UInt32(POLYA_OPT_STRATEGY)
    case .binding: UInt32(POLYA_OPT_MODEL)
    }
  }
}

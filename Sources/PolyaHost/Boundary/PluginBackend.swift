internal import CPolya
internal import PolyaContract
internal import PolyaCore
internal import Synchronization

/// One created plugin, wherever it runs. Used by one call at a time.
protocol PluginBackend: AnyObject {
  /// Arguments and results of its calls.
  var frame: CallFrame { get }
  /// How far what it sends is trusted.
  var received: Received { get }
  /// A mask of the functions it has, by raw value.
  var functions: UInt64 { get }
  /// Makes sure that the plugin is there. Call before the frame is filled.
  func prepare() throws
  /// Runs one call on what the frame holds.
  ///
  /// - Parameter marks: gets a 1 for each row that is reported complete; nil: nobody asks.
  /// - Throws: ``PluginDeath`` when the plugin's process ended in the call.
  func perform(_ function: PluginFunction, _ rows: inout CallRows, marks: UnsafeMutablePointer<UInt8>?) throws
    -> PolyaStatus
}

/// The process of a plugin ended, or was ended, in a call.
struct PluginDeath: Error {
  /// "crashed with signal 11 (Segmentation fault)".
  let cause: String
  /// Whether it was ended because it gave no result in time.
  var missedDeadline = false
}

/// Puts the names of files that the user knows into what a plugin says.
struct FileNames: Sendable {
  fileprivate let pairs: [(copy: String, file: String)]

  /// Nothing to put.
  init() { pairs = [] }

  fileprivate init(pairs: [(copy: String, file: String)]) { self.pairs = pairs }

  func put(into text: String) -> String {
    pairs.reduce(text) { text, pair in
      text.contains(pair.copy) ? text.replacing(pair.copy, with: pair.file) : text
    }
  }
}

/// What creates an instance.
struct PluginBlueprint {
  let reference: PluginReference
  let description: PluginDescription
  /// What is loaded, however often: the bytes that the description is of.
  let copy: String
  let options: [CheckedOption]
  /// Has the copies as long as an instance may need them.
  let store: PluginStore
  /// Whether it comes with the installation, or is pinned.
  let isTrusted: Bool
  /// What the plugin reads in place of a file that an option names, by the file's path.
  let inputs: [String: String]

  /// Files and folders that the plugin reads: those that the options name, also where the type is text, with the
  /// installation of a program among them, and the copies.
  var paths: [String] {
    let named = options.flatMap(\.texts).filter { $0.hasPrefix("/") }.flatMap { path in
      [path] + WorkerLaunch.installation(ofProgram: path)
    }
    let copied = WorkerLaunch.around(inputs.filter { $0.key != $0.value }.flatMap { [$0.key, $0.value] })
    return named + copied
  }

  /// The options as the plugin receives them.
  func values(in frame: CallFrame) -> PolyaRows {
    frame.rows(
      zip(options, description.options).map { option, description in
        frame.value(description.kind == .path ? option.mapped { inputs[$0] ?? $0 } : option, description)
      })
  }

  /// The files that the user knows, by the copies that the plugin sees.
  var names: FileNames {
    let copies = inputs.filter { $0.key != $0.value }.sorted { $0.key < $1.key }.map {
      (copy: $0.value, file: $0.key)
    }
    return FileNames(pairs: copies + [(copy, description.file)])
  }

  /// - Parameter why: what the plugin said last.
  func rejection(_ status: PolyaStatus, _ why: String?) -> PolyaError {
    let reason = why ?? "it gave no reason (\(StatusName.text(status)))"
    let what = status == PolyaStatus(POLYA_BAD_OPTION) ? "rejects its options" : "cannot be created"
    return PolyaError(.plugin, "'\(reference.name)' \(what): \(reason)", at: description.file)
  }
}

/// A plugin in the host's process.
final class LocalBackend: PluginBackend {
  let frame: CallFrame
  let received = Received.local
  let functions: UInt64
  private let plugin: UnsafePointer<PolyaPlugin>
  private let table: BoundTable
  private let module: PluginModule
  private let isSerial: Bool
  private let stop: StopFlag
  private let interruption: StopFlag.Token

  init(_ blueprint: PluginBlueprint, kind: String, module: PluginModule, frame: CallFrame, stop: StopFlag)
    throws
  {
    self.module = module
    isSerial = blueprint.description.traits.contains(.serialModule)
    self.frame = frame
    self.stop = stop
    guard let plugin = try module.plugin(id: blueprint.description.id),
      try module.describe(plugin, sha256: "").json == blueprint.description.json
    else {
      throw PolyaError(
        .plugin, "says something else of itself each time it is asked", at: blueprint.description.file,
        hint: "report it to its author")
    }
    self.plugin = plugin
    frame.begin(seed: blueprint.reference.seed)
    var made: OpaquePointer?
    let values = blueprint.values(in: frame)
    let status = plugin.pointee.create(plugin, UnsafePointer(frame.raw), values, &made)
    guard status == PolyaStatus(POLYA_OK) else {
      throw blueprint.rejection(status, frame.failures.last?.why)
    }
    guard let instance = made else { throw Misbehavior("it says it was created but gives no instance") }
    do { table = try BoundTable(instance, of: plugin, kind: kind) } catch {
      plugin.pointee.destroy(plugin, instance)
      throw error
    }
    functions = table.functions
    interruption = stop.whenSet(Self.interruption(of: plugin, instance))
  }

  /// Safety: `interrupt` is callable from any thread, and withdrawn before the instance is destroyed.
  private static func interruption(of plugin: UnsafePointer<PolyaPlugin>, _ instance: OpaquePointer)
    -> @Sendable () -> Void
  {
    nonisolated(unsafe) let (plugin, instance) = (plugin, instance)
    return { plugin.pointee.interrupt?(plugin, instance) }
  }

  deinit {
    stop.withdraw(interruption)
    plugin.pointee.destroy(plugin, table.instance)
  }

  func prepare() {}

  func perform(_ function: PluginFunction, _ rows: inout CallRows, marks: UnsafeMutablePointer<UInt8>?)
    -> PolyaStatus
  {
    guard isSerial else { return table.perform(function, UnsafePointer(frame.raw), &rows) }
    return module.serial.withLock { _ in table.perform(function, UnsafePointer(frame.raw), &rows) }
  }
}

extension BoundTable {
  /// The table of a created instance.
  init(_ instance: OpaquePointer, of plugin: UnsafePointer<PolyaPlugin>, kind: String) throws {
    guard let table = kind.withCString({ plugin.pointee.table(plugin, $0) }) else {
      throw Misbehavior("it says it is a \(kind) but has no such table")
    }
    let frozen = [
      POLYA_STRATEGY: StructLayout.FirstSize.strategy, POLYA_REWARD: StructLayout.FirstSize.reward,
      POLYA_MODEL: StructLayout.FirstSize.model, POLYA_TASKS: StructLayout.FirstSize.tasks,
    ]
    let (size, least) = (table.loadUnaligned(as: UInt32.self), frozen[kind] ?? 0)
    guard Int(size) >= least else { throw Misbehavior("its table has \(size) bytes, \(least) wanted") }
    self.init(instance: instance, kind: kind, table: table)
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

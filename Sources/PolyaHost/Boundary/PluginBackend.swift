internal import CPolya
internal import PolyaContract
internal import PolyaCore
internal import Synchronization

/// A plugin instance in the host or a worker. It handles one call at a time.
protocol PluginBackend: AnyObject {
  /// The arguments and results of its calls.
  var frame: CallFrame { get }
  /// How far its data is trusted.
  var received: Received { get }
  /// A bit mask of the available functions, by raw value.
  var functions: UInt64 { get }
  /// Makes sure that the plugin is running. Call this before filling the frame.
  func prepare() throws
  /// Runs one call with the contents of the frame.
  ///
  /// - Parameter marks: Receives a 1 for each row that is reported complete; nil if not needed.
  ///
  /// - Throws: ``PluginDeath`` if the plugin's process ended during the call.
  func perform(_ function: PluginFunction, _ rows: inout CallRows, marks: UnsafeMutablePointer<UInt8>?) throws
    -> PolyaStatus
}

/// The plugin's process ended, or was ended, during a call.
struct PluginDeath: Error {
  /// The cause as a clause, such as "crashed with signal 11 (Segmentation fault)".
  let cause: String
  /// Whether it was ended because it gave no result in time.
  var missedDeadline = false
}

/// Replaces the paths of copies in a plugin's messages with the files that the user knows.
struct FileNames: Sendable {
  fileprivate let pairs: [(copy: String, file: String)]

  /// Creates an empty replacement.
  init() { pairs = [] }

  fileprivate init(pairs: [(copy: String, file: String)]) { self.pairs = pairs }

  func put(into text: String) -> String {
    pairs.reduce(text) { text, pair in
      text.contains(pair.copy) ? text.replacing(pair.copy, with: pair.file) : text
    }
  }
}

/// Everything that is needed to create an instance.
struct PluginBlueprint {
  let reference: PluginReference
  let description: PluginDescription
  /// The copy that is loaded, which has the bytes that the description is based on.
  let copy: String
  let options: [CheckedOption]
  /// The store that keeps the copies for as long as an instance may need them.
  let store: PluginStore
  /// Whether the plugin is installed or pinned.
  let isTrusted: Bool
  /// The copies that the plugin reads instead of the files that options name, by the file's path.
  let inputs: [String: String]

  /// The files and folders that the plugin reads: those that its options name, even in text options,
  /// including the installation of a program, and the copies.
  var paths: [String] {
    let named = options.flatMap(\.texts).filter { $0.hasPrefix("/") }.flatMap { path in
      [path] + WorkerLaunch.installation(ofProgram: path)
    }
    let copied = WorkerLaunch.around(inputs.filter { $0.key != $0.value }.flatMap { [$0.key, $0.value] })
    return named + copied
  }

  /// Returns the options in the form that the plugin receives.
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

  /// Returns the error for a plugin that cannot be created.
  ///
  /// - Parameter why: The plugin's last reason; nil if it gave none.
  func rejection(_ status: PolyaStatus, _ why: String?) -> PolyaError {
    let reason = why ?? "it gave no reason (\(StatusName.text(status)))"
    guard status != PolyaStatus(POLYA_BAD_OPTION) else {
      // What a descriptor cannot say is as much the manifest's mistake as what it can.
      return PolyaError(
        .configuration, "'\(reference.name)' rejects its options: \(reason)", at: "plugins.\(reference.name)")
    }
    return PolyaError(.plugin, "'\(reference.name)' cannot be created: \(reason)", at: description.file)
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
        .plugin, "describes itself differently each time", at: blueprint.description.file,
        hint: "report this to the plugin's author")
    }
    self.plugin = plugin
    frame.begin(seed: blueprint.reference.seed)
    var made: OpaquePointer?
    let values = blueprint.values(in: frame)
    let status = plugin.pointee.create(plugin, UnsafePointer(frame.raw), values, &made)
    guard status == PolyaStatus(POLYA_OK) else {
      throw blueprint.rejection(status, frame.failures.last?.why)
    }
    guard let instance = made else { throw Misbehavior("it reports success but returns no instance") }
    do { table = try BoundTable(instance, of: plugin, kind: kind) } catch {
      plugin.pointee.destroy(plugin, instance)
      throw error
    }
    functions = table.functions
    interruption = stop.whenSet(Self.interruption(of: plugin, instance))
  }

  /// Returns the action that interrupts the plugin.
  ///
  /// Safety: `interrupt` is callable from any thread, and it is withdrawn before the instance is destroyed.
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
  /// Gets the table of a created instance.
  init(_ instance: OpaquePointer, of plugin: UnsafePointer<PolyaPlugin>, kind: String) throws {
    guard let table = kind.withCString({ plugin.pointee.table(plugin, $0) }) else {
      throw Misbehavior("it declares the kind \(kind) but has no such table")
    }
    let frozen = [
      POLYA_STRATEGY: StructLayout.FirstSize.strategy, POLYA_REWARD: StructLayout.FirstSize.reward,
      POLYA_MODEL: StructLayout.FirstSize.model, POLYA_TASKS: StructLayout.FirstSize.tasks,
    ]
    let (size, least) = (table.loadUnaligned(as: UInt32.self), frozen[kind] ?? 0)
    guard Int(size) >= least else {
      throw Misbehavior("its table has \(size) bytes, but at least \(least) are needed")
    }
    self.init(instance: instance, kind: kind, table: table)
  }
}

extension CallFrame {
  /// Returns a checked option in the form that the plugin receives.
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

internal import CPolya
internal import PolyaCore

/// A configured plugin. It calls the plugin and converts every failure and breach of the contract to an error
/// that names it.
///
/// It handles one call at a time; the pipeline calls it from one thread.
final class PluginInstance {
  let description: PluginDescription
  /// The plugin's name and configuration in the manifest.
  let reference: PluginReference
  let crashes: CrashFolder?
  /// Receives problems that the user should know about but that do not stop the run.
  let warn: @Sendable (String) -> Void
  /// The number of rows that broke the contract.
  var lies = 0
  private let backend: any PluginBackend

  /// The plugin's name in errors.
  var name: String { reference.name }
  // Cached, since asking the backend twice would cost more than a call.
  let frame: CallFrame
  let received: Received

  init(
    _ blueprint: PluginBlueprint, crashes: CrashFolder?, warn: @escaping @Sendable (String) -> Void,
    _ make: () throws -> any PluginBackend
  ) throws {
    description = blueprint.description
    reference = blueprint.reference
    self.crashes = crashes
    self.warn = warn
    do { backend = try make() } catch let misbehavior as Misbehavior {
      throw Self.misbehaved(blueprint.description, blueprint.reference.name, misbehavior.message)
    }
    (frame, received) = (backend.frame, backend.received)
  }

  /// Returns whether the plugin has a function.
  func has(_ function: PluginFunction) -> Bool { backend.functions >> UInt64(function.rawValue) & 1 == 1 }

  /// Throws for the first missing function.
  func require(_ functions: PluginFunction...) throws {
    for function in functions where !has(function) {
      throw misbehaved("its function '\(function.name)' is missing")
    }
  }

  /// Runs one call as a whole; any failure is an error.
  func call<T>(
    _ function: PluginFunction, seed: UInt64 = 0, _ arguments: (CallFrame) -> CallRows,
    _ read: (CallRows) throws -> T
  ) throws -> T {
    try naming(function) {
      try backend.prepare()
      frame.begin(seed: seed)
      var rows = arguments(frame)
      let status = try backend.perform(function, &rows, marks: nil)
      guard status == PolyaStatus(POLYA_OK) else { throw failure(function, status) }
      return try read(rows)
    }
  }

  /// Tries a batch of rows once.
  ///
  /// - Parameter marks: Returns memory in the frame for one mark per row, once the arguments are in place.
  func attempt(
    _ function: PluginFunction, seed: UInt64, _ arguments: (CallFrame) throws -> CallRows,
    marks: (CallFrame) -> UnsafeMutablePointer<UInt8>?
  ) throws -> PolyaStatus {
    try backend.prepare()
    frame.begin(seed: seed)
    var rows = try arguments(frame)
    return try backend.perform(function, &rows, marks: marks(frame))
  }

  /// Runs `body` and adds the plugin's name to its errors.
  func naming<T>(_ function: PluginFunction, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let misbehavior as Misbehavior {
      throw misbehaved("in '\(function.name)', \(misbehavior.message)")
    } catch let death as PluginDeath {
      guard !isStopped else { throw StopFlag.interrupted }
      throw PolyaError(
        .plugin, "'\(name)' (\(description.id)) \(death.cause) in '\(function.name)'", at: description.file,
        hint: "report this to the plugin's author")
    }
  }

  /// Returns a frame for rows that no call uses.
  func frameOfItsOwn() -> CallFrame {
    CallFrame(
      host: frame.raw.pointee.host, threads: 1, arena: HeapArena(limit: .max),
      callbacks: CallFrame.Callbacks(stop: { PolyaStatus(POLYA_OK) }, log: { _, _ in }))
  }

  /// Whether the user has asked the call to end.
  var isStopped: Bool { frame.isStopRequested }

  func misbehaved(_ message: String) -> PolyaError { Self.misbehaved(description, name, message) }

  private static func misbehaved(_ description: PluginDescription, _ name: String, _ message: String)
    -> PolyaError
  {
    PolyaError(
      .plugin, "'\(name)' (\(description.id) \(description.version)) breaks the contract: \(message)",
      at: description.file, hint: "report this to the plugin's author")
  }

  /// Returns the error for a call that failed as a whole.
  func failure(_ function: PluginFunction, _ status: PolyaStatus) -> PolyaError {
    guard status != PolyaStatus(POLYA_CANCELLED) else { return StopFlag.interrupted }
    let why = frame.failures.last?.why ?? "it gave no reason (\(StatusName.text(status)))"
    return PolyaError(.plugin, "'\(name)' failed in '\(function.name)': \(why)", at: description.file)
  }

  /// Returns the reasons of failed rows, which the plugin recorded in the order of those rows.
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
}

internal import CPolya
internal import CPolyaProcess
internal import PolyaCore

/// A plugin out of process. A process that dies is replaced; the shared memory remains.
final class WorkerBackend: PluginBackend {
  let frame: CallFrame
  let received: Received
  private(set) var functions: UInt64 = 0
  private let blueprint: PluginBlueprint
  private let kind: String
  private let launch: WorkerLaunch
  private let shared: SharedMemory
  private let arena: SharedArena
  private let patience: WorkerProcess.Patience
  private var process: WorkerProcess?

  /// The wait for creation, which has no deadline for models, since they may have to read many gigabytes.
  private var setUp: WorkerProcess.Patience {
    WorkerProcess.Patience(deadline: kind == POLYA_MODEL ? nil : 120, stop: launch.stop)
  }

  init(_ blueprint: PluginBlueprint, kind: String, launch: WorkerLaunch)
    throws
  {
    self.blueprint = blueprint
    self.kind = kind
    self.launch = launch
    let limits = blueprint.reference.limits.completed(for: blueprint.description)
    shared = try limits.memory == nil ? SharedMemory() : SharedMemory(size: WorkerLaunch.limitedSize)
    arena = SharedArena(shared, limit: launch.arenaLimit)
    received = Received(shared: shared)
    patience = WorkerProcess.Patience(deadline: limits.deadline, stop: launch.stop)
    frame = launch.frame(arena)
    frame.names = blueprint.names
    try prepare()
  }

  func prepare() throws {
    guard process == nil else { return }
    let limits = blueprint.reference.limits.completed(for: blueprint.description)
    let process = try launch.start(
      shared: shared, grant(limits), name: blueprint.reference.name, names: blueprint.names)
    let loader = WorkerLoader(process: process, shared: shared, arena: arena, frame: frame, patience: setUp)
    _ = try loader.descriptions(
      of: blueprint.description.file, loading: blueprint.copy, sha256: blueprint.description.sha256)
    functions = try create(process)
    self.process = process
  }

  private func grant(_ limits: WorkerLimits) -> WorkerLaunch.Grant {
    let (reference, description) = (blueprint.reference, blueprint.description)
    let traits = reference.traits(of: description)
    return WorkerLaunch.Grant(
      memory: limits.memory, network: traits.contains(.network),
      gpu: traits.contains(.gpu), makesSandboxes: traits.contains(.runsCode) && blueprint.isTrusted,
      readable: WorkerLaunch.around([blueprint.copy, description.file]) + [reference.folder]
        + blueprint.paths,
      writable: limits.writable + (kind == POLYA_MODEL ? launch.writable : []))
  }

  private func create(_ process: WorkerProcess) throws -> UInt64 {
    frame.begin(seed: blueprint.reference.seed)
    let values = blueprint.values(in: frame)
    let (id, kind) = (frame.text(blueprint.description.id), frame.text(kind))
    let message = WorkerMessage(
      .create,
      [
        frame.raw.pointee.seed, UInt64(launch.threads), UInt64(arena.used), UInt64(arena.dirty),
        UInt64(UInt(bitPattern: values.base)), values.count, UInt64(values.stride),
        UInt64(UInt(bitPattern: id.data)), id.size, UInt64(UInt(bitPattern: kind.data)), kind.size, 0,
      ])
    do {
      let reply = try finish(try process.exchange(message, shared: shared, setUp))
      guard reply.status != PolyaStatus(POLYA_MISBEHAVED) else {
        throw Misbehavior(frame.failures.last?.why ?? "it cannot be created")
      }
      guard reply.status == PolyaStatus(POLYA_OK) else {
        throw blueprint.rejection(reply.status, frame.failures.last?.why)
      }
      return reply.first
    } catch let death as PluginDeath {
      throw PolyaError(
        .plugin, "'\(blueprint.reference.name)' \(death.cause) while it was being created",
        at: blueprint.description.file)
    }
  }

  func perform(_ function: PluginFunction, _ rows: inout CallRows, marks: UnsafeMutablePointer<UInt8>?) throws
    -> PolyaStatus
  {
    guard let process else { throw PluginDeath(cause: "ended before the call") }
    let message = WorkerMessage(
      .perform,
      [
        UInt64(function.rawValue), frame.raw.pointee.call_id, frame.raw.pointee.seed, UInt64(launch.threads),
        UInt64(arena.used), UInt64(arena.dirty), UInt64(UInt(bitPattern: rows.input.base)), rows.input.count,
        UInt64(rows.input.stride), UInt64(UInt(bitPattern: rows.output.base)), rows.output.count,
        UInt64(rows.output.stride), rows.word, UInt64(UInt(bitPattern: marks)),
      ])
    do {
      let reply = try finish(
        try process.exchange(message, shared: shared, patience, rows: rows.output.count, serve: lend))
      rows.word = reply.first
      return reply.status
    } catch {
      // The process is dead or cannot be trusted, and it may have written anything since its last message.
      arena.dirty = shared.bytes.count
      self.process = nil
      guard let misbehavior = error as? Misbehavior else { throw error }
      throw process.refused("sent an invalid answer: \(misbehavior.message)")
    }
  }

  /// Handles a request of the plugin to a model.
  private func lend(_ message: WorkerMessage) throws -> WorkerMessage {
    let words = message.words
    let size = UInt64(shared.bytes.count)
    guard let function = ModelsRequest.Function(rawValue: words[0]),
      (UInt64(SharedMemory.headerSize)...size).contains(words[9]),
      words[10] <= size
    else { throw Misbehavior("it sent an invalid request: \(words)") }
    arena.used = Int(words[9])
    arena.dirty = max(arena.dirty, Int(words[10]))
    let request = ModelsRequest(
      function, PolyaText(data: UnsafePointer(bitPattern: UInt(words[1])), size: words[2]),
      PolyaRows(
        base: UnsafeRawPointer(bitPattern: UInt(words[3])), count: words[4],
        stride: UInt32(truncatingIfNeeded: words[5]),
        zero: 0),
      PolyaRowsMut(
        base: UnsafeMutableRawPointer(bitPattern: UInt(words[6])), count: words[7],
        stride: UInt32(truncatingIfNeeded: words[8]), zero: 0))
    let status = ModelsService.serve(request, frame, received)
    let reason = status == PolyaStatus(POLYA_OK) ? "" : frame.models?.reason ?? ""
    return WorkerMessage(
      .answer, [UInt64(UInt32(bitPattern: status)), UInt64(arena.used), UInt64(arena.dirty)],
      text: reason.utf8)
  }

  private func finish(_ message: WorkerMessage) throws -> WorkerReply {
    try message.reply(shared: shared, arena: arena, frame: frame, received: received)
  }
}

extension WorkerMessage {
  /// Reads a reply and applies its effects on the arena and the frame.
  func reply(shared: SharedMemory, arena: SharedArena, frame: CallFrame, received: Received) throws
    -> WorkerReply
  {
    let reply = try WorkerReply(self, shared: shared)
    arena.used = Int(reply.used)
    arena.dirty = max(arena.dirty, Int(reply.dirty))
    let rows = PolyaRows(
      base: UnsafeRawPointer(bitPattern: UInt(reply.failures)), count: reply.failureCount,
      stride: UInt32(MemoryLayout<PolyaNote>.stride), zero: 0)
    for failure in try received.rows(rows, PolyaNote.self, "its reasons", { $0 }) {
      frame.record(failure.severity, try received.text(failure.message, "a reason"))
    }
    return reply
  }
}

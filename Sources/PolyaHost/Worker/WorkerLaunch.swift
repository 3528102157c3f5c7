internal import CPolya
internal import PolyaCore

/// How workers are started.
struct WorkerLaunch {
  /// The `polya-worker` program.
  let program: String
  /// What the frames of calls name as their host; never called by a plugin.
  let host: UnsafePointer<PolyaHost>
  let threads: Int
  let stop: StopFlag
  let log: LogSink
  /// Bytes of the lane that one call may use.
  var arenaLimit = 2 << 30

  func start(lane: Lane, memory: Int?, network: Bool, name: String) throws -> WorkerProcess {
    let log = log
    return try WorkerProcess(program: program, lane: lane, memory: memory, network: network) { level, text in
      log.write(level, name, text)
    }
  }

  /// A frame for arguments and results; the plugin's own functions call the frame that the worker has.
  func frame(_ arena: LaneArena) -> CallFrame {
    let stop = stop
    let surroundings = CallFrame.Surroundings(
      stop: { PolyaStatus(stop.isSet ? POLYA_CANCELLED : POLYA_OK) }, log: { _, _ in })
    return CallFrame(host: host, threads: threads, arena: arena, surroundings: surroundings)
  }

  /// What a file says of itself, asked in a process that ends afterwards.
  func describe(_ file: String, sha256: String) throws -> [PluginDescription] {
    let lane = try Lane()
    let arena = LaneArena(lane, limit: arenaLimit)
    let process = try start(lane: lane, memory: 4 << 30, network: false, name: file)
    let frame = frame(arena)
    let loader = WorkerLoader(
      process: process, lane: lane, arena: arena, frame: frame,
      patience: WorkerProcess.Patience(deadline: 10, stop: stop))
    return try loader.descriptions(of: file, sha256: sha256)
  }
}

/// Makes a worker load a file.
struct WorkerLoader {
  let process: WorkerProcess
  let lane: Lane
  let arena: LaneArena
  let frame: CallFrame
  let patience: WorkerProcess.Patience

  /// Loads the file there and gives what its plugins say of themselves.
  func descriptions(of file: String, sha256: String) throws -> [PluginDescription] {
    frame.begin(seed: 0)
    let path = frame.text(file)
    let message = WorkerMessage(
      .load, [UInt64(UInt(bitPattern: path.data)), path.size, UInt64(arena.used), UInt64(arena.dirty)])
    let answer: WorkerMessage
    do { answer = try process.exchange(message, lane: lane, patience) } catch let death as PluginDeath {
      throw PolyaError(
        .plugin, "\(death.cause) while it was loaded", at: file, cure: "report it to its author")
    }
    do {
      let received = Received(lane: lane)
      let reply = try answer.reply(lane: lane, arena: arena, frame: frame, received: received)
      let text = try received.bytes(
        PolyaBytes(data: UnsafePointer(bitPattern: UInt(reply.first)), size: reply.second), "its description")
      guard reply.status == PolyaStatus(POLYA_OK) else { throw Self.refusal(text, file) }
      return try Sidecar.read(text, file: file, sha256: "", at: file)?.map { description in
        var description = description
        description.sha256 = sha256
        return description
      } ?? []
    } catch let misbehaviour as Misbehaviour {
      throw PolyaError(.plugin, misbehaviour.message, at: file, cure: "report it to its author")
    }
  }

  /// The worker sends message and cure in two lines.
  private static func refusal(_ text: [UInt8], _ file: String) -> PolyaError {
    let parts = String(decoding: text, as: UTF8.self).split(
      separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    return PolyaError(
      .plugin, String(parts.first ?? ""), at: file, cure: parts.count > 1 ? String(parts[1]) : nil)
  }
}

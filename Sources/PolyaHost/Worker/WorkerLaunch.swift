internal import CPolya
internal import PolyaCore

/// Starts workers.
struct WorkerLaunch {
  /// The path of the `polya-worker` program.
  let program: String
  /// The host that the frames of calls refer to; plugins never call it.
  let host: UnsafePointer<PolyaHost>
  let threads: Int
  let stop: StopFlag
  let log: LogSink
  /// Finds the namespaces around workers.
  let sandboxes: SandboxFinder
  /// Creates the memory limits around workers with all their processes.
  let cgroups = CgroupMaker()
  /// The folders that models may write to.
  var writable: [String] = []
  /// The number of bytes of shared memory that one call may use.
  var arenaLimit = 2 << 30

  /// What a worker may use.
  struct Grant {
    /// The limit of private memory in bytes; nil for no limit.
    var memory: Int?
    var network = false
    var gpu = false
    var makesSandboxes = false
    var readable: [String] = []
    var writable: [String] = []
  }

  /// Starts a worker.
  ///
  /// - Parameter names: The names of files to use in what the plugin logs and prints.
  func start(
    shared: SharedMemory, _ grant: Grant, name: String, names: FileNames = FileNames()
  ) throws -> WorkerProcess {
    let log = log
    let program = PluginCatalog.real(program) ?? program
    let own = [
      "\(shared.address)", "\(shared.bytes.count)", "\(grant.memory ?? 0)", grant.network ? "0" : "1",
    ]
    let sandbox: WorkerSandbox?
    do throws(WorkerSandbox.Missing) { sandbox = try sandboxes.sandbox() } catch { sandbox = nil }
    let words: [String]
    if let sandbox {
      let needs = WorkerSandbox.Needs(
        network: grant.network, gpu: grant.gpu, makesSandboxes: grant.makesSandboxes,
        privateBytes: grant.memory.map { min($0, 1 << 30) },
        readable: Self.installation(program) + [WorkerSandbox.workingFolder] + grant.readable,
        writable: grant.writable)
      words = sandbox.words(needs) + [program] + own
    } else {
      words = [program] + own
    }
    let group = grant.memory.flatMap { cgroups.group(bytes: $0 + Self.groupRoom) }
    return try WorkerProcess(
      (group?.words ?? []) + words, shared: shared, isSandboxed: sandbox != nil, group: group
    ) { level, text in
      log.write(level, name, names.put(into: text))
    }
  }

  /// Returns a frame for arguments and results. The plugin's own functions use the worker's frame.
  func frame(_ arena: SharedArena) -> CallFrame {
    let stop = stop
    let callbacks = CallFrame.Callbacks(
      stop: { PolyaStatus(stop.isSet ? POLYA_CANCELLED : POLYA_OK) }, log: { _, _ in })
    return CallFrame(host: host, threads: threads, arena: arena, callbacks: callbacks)
  }

  /// Returns the descriptors in a file, as reported by a process that then ends.
  ///
  /// - Parameter copy: The copy to load.
  func describe(_ file: String, loading copy: String, sha256: String) throws -> [PluginDescription] {
    let shared = try SharedMemory(size: Self.limitedSize)
    let arena = SharedArena(shared, limit: arenaLimit)
    let process = try start(
      shared: shared, Grant(memory: 4 << 30, readable: Self.around([copy, file])), name: file)
    let frame = frame(arena)
    let loader = WorkerLoader(
      process: process, shared: shared, arena: arena, frame: frame,
      patience: WorkerProcess.Patience(deadline: 10, stop: stop))
    return try loader.descriptions(of: file, loading: copy, sha256: sha256)
  }
}

extension WorkerLaunch {
  /// The bytes that a control group has in addition to a plugin's own memory, for the worker and for results
  /// in transit.
  private static let groupRoom = 64 << 20

  /// The size of the shared memory of a worker with a memory limit: the arena, and room for the host's own
  /// rows.
  static let limitedSize: UInt64 = 2 << 30 + 64 << 20

  /// Returns the worker's own folder and the library folders of an installation next to it.
  private static func installation(_ program: String) -> [String] {
    around([program]).flatMap { bin in [bin] + around([bin]).map { $0 + "/lib" } }
  }

  /// Returns the folders around the "bin" of a program, by its name and by its real path, such as a virtual
  /// environment of Python and its interpreter.
  static func installation(ofProgram path: String) -> [String] {
    [path, PluginCatalog.real(path) ?? path].flatMap { program in
      around([program]).filter { $0.hasSuffix("/bin") }.flatMap { around([$0]) }
    }
  }

  /// Returns the folders that contain the files.
  static func around(_ files: [String]) -> [String] {
    files.compactMap { file in file.lastIndex(of: "/").map { String(file[..<$0]) } }
  }
}

/// Makes a worker load a file.
struct WorkerLoader {
  let process: WorkerProcess
  let shared: SharedMemory
  let arena: SharedArena
  let frame: CallFrame
  let patience: WorkerProcess.Patience

  /// Loads a copy of a file in the worker and returns the descriptors of its plugins.
  func descriptions(of file: String, loading copy: String, sha256: String) throws -> [PluginDescription] {
    frame.begin(seed: 0)
    let (path, name) = (frame.text(copy), frame.text(file))
    let message = WorkerMessage(
      .load,
      [
        UInt64(UInt(bitPattern: path.data)), path.size, UInt64(arena.used), UInt64(arena.dirty),
        UInt64(UInt(bitPattern: name.data)), name.size,
      ])
    let answer: WorkerMessage
    do { answer = try process.exchange(message, shared: shared, patience) } catch let death as PluginDeath {
      throw PolyaError(
        .plugin, "\(death.cause) while it was being loaded", at: file,
        hint: "report this to the plugin's author")
    }
    do {
      let received = Received(shared: shared)
      let reply = try answer.reply(shared: shared, arena: arena, frame: frame, received: received)
      let text = try received.bytes(
        PolyaBytes(data: UnsafePointer(bitPattern: UInt(reply.first)), size: reply.second), "its description")
      guard reply.status == PolyaStatus(POLYA_OK) else { throw Self.refusal(text, file) }
      return try Sidecar.read(text, file: file, sha256: "", at: file)?.map { description in
        var description = description
        description.sha256 = sha256
        return description
      } ?? []
    } catch let misbehavior as Misbehavior {
      throw PolyaError(.plugin, misbehavior.message, at: file, hint: "report this to the plugin's author")
    }
  }

  /// Parses a refusal, in which the worker sends message and hint on two lines.
  private static func refusal(_ text: [UInt8], _ file: String) -> PolyaError {
    let parts = String(decoding: text, as: UTF8.self).split(
      separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    return PolyaError(
      .plugin, String(parts.first ?? ""), at: file, hint: parts.count > 1 ? String(parts[1]) : nil)
  }
}

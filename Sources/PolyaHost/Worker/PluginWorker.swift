internal import CPolya
internal import CPolyaProcess
internal import Glibc
internal import PolyaCore

/// The code of a `polya-worker` process. It confines itself, loads one plugin file, and serves its host until
/// the socket closes.
package enum PluginWorker {
  /// Serves the host that started this process, on descriptors 3 and 4. Never returns.
  package static func main() -> Never {
    let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    guard words.count == 4 else {
      end("polya-worker is started by polya and cannot be run directly", status: 2)
    }
    guard polya_confine(words[2], words[1], words[3] == 0 ? 0 : 1) == 0 else {
      end("this system cannot confine a worker: \(String(cString: strerror(errno)))", status: 2)
    }
    do {
      let server = WorkerServer(shared: try SharedMemory(descriptor: 4, address: words[0], size: words[1]))
      server.serve()
    } catch {
      end("\(error)", status: 2)
    }
    _exit(0)
  }

  private static func end(_ message: String, status: Int32) -> Never {
    let line = Array("\(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    _exit(status)
  }
}

/// Handles messages one at a time.
private final class WorkerServer {
  private let shared: SharedMemory
  private let arena: SharedArena
  private let control: ControlSocket
  private let host: HostTable
  private let frame: CallFrame
  private let call: WorkerCall
  private var module: PluginModule?
  private var plugin: UnsafePointer<PolyaPlugin>?
  private var table: BoundTable?

  init(shared: SharedMemory) {
    self.shared = shared
    arena = SharedArena(shared, limit: 2 << 30)
    let control = ControlSocket()
    self.control = control
    // The host decides which lines are shown.
    host = HostTable(
      log: LogSink(verbose: true) { _, message in control.log(Int32(POLYA_LOG_WARN), message) })
    let call = WorkerCall(shared: shared)
    self.call = call
    frame = CallFrame(
      host: host.raw, threads: 1, arena: arena,
      callbacks: CallFrame.Callbacks(
        stop: { call.stop },
        log: { level, text in
          control.log(
            level, text.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "(an unreadable log line)")
        },
        finished: { call.finished($0) }))
    call.frame = frame
  }

  func serve() {
    let watcher = InterruptWatcher(shared: shared, socket: control.descriptor)
    while let message = control.receive() {
      switch message.kind {
      case .load: load(message)
      case .create: create(message)
      case .perform: perform(message, watcher)
      case .reply, .log, .ask, .answer: return
      }
    }
    if let plugin, let table { plugin.pointee.destroy(plugin, table.instance) }
  }

  private func load(_ message: WorkerMessage) {
    arena.used = Int(message.words[2])
    arena.dirty = Int(message.words[3])
    let path = PolyaText(data: UnsafePointer(bitPattern: UInt(message.words[0])), size: message.words[1])
    let file = PolyaText(data: UnsafePointer(bitPattern: UInt(message.words[4])), size: message.words[5])
    var status = PolyaStatus(POLYA_OK)
    let text: String
    do {
      let module = try PluginModule(
        file: try Received.local.text(file, "the file"), loading: try Received.local.text(path, "the path"),
        host: host)
      text = Sidecar.json(try module.descriptions(sha256: ""), sha256: "").compact
      self.module = module
    } catch {
      status = PolyaStatus(POLYA_INTERNAL)
      text = (error as? PolyaError).map { "\($0.message)\n\($0.hint ?? "")" } ?? "\(error)"
    }
    let answer = frame.text(text)
    reply(status, UInt64(UInt(bitPattern: answer.data)), answer.size)
  }

  private func create(_ message: WorkerMessage) {
    let words = message.words
    begin(seed: words[0], threads: words[1], used: words[2], dirty: words[3], id: 0)
    let values = PolyaRows(
      base: UnsafeRawPointer(bitPattern: UInt(words[4])), count: words[5],
      stride: UInt32(truncatingIfNeeded: words[6]), zero: 0)
    let id = PolyaText(data: UnsafePointer(bitPattern: UInt(words[7])), size: words[8])
    let kind = PolyaText(data: UnsafePointer(bitPattern: UInt(words[9])), size: words[10])
    do {
      let id = try Received.local.text(id, "the id")
      guard let plugin = try module?.plugin(id: id) else {
        throw Misbehavior("it no longer contains the plugin '\(id)'")
      }
      var made: OpaquePointer?
      let status = plugin.pointee.create(plugin, UnsafePointer(frame.raw), values, &made)
      guard status == PolyaStatus(POLYA_OK) else { return reply(status, 0) }
      guard let instance = made else {
        throw Misbehavior("it reports success but returns no instance")
      }
      let table = try BoundTable(instance, of: plugin, kind: try Received.local.text(kind, "the kind"))
      (self.plugin, self.table) = (plugin, table)
      reply(status, table.functions)
    } catch {
      let text = (error as? Misbehavior)?.message ?? (error as? PolyaError)?.message ?? "\(error)"
      frame.record(PolyaStatus(POLYA_MISBEHAVED), text)
      reply(PolyaStatus(POLYA_MISBEHAVED), 0)
    }
  }

  private func perform(_ message: WorkerMessage, _ watcher: InterruptWatcher) {
    let words = message.words
    begin(seed: words[2], threads: words[3], used: words[4], dirty: words[5], id: words[1])
    var rows = CallRows(
      input: PolyaRows(
        base: UnsafeRawPointer(bitPattern: UInt(words[6])), count: words[7],
        stride: UInt32(truncatingIfNeeded: words[8]), zero: 0),
      output: PolyaRowsMut(
        base: UnsafeMutableRawPointer(bitPattern: UInt(words[9])), count: words[10],
        stride: UInt32(truncatingIfNeeded: words[11]), zero: 0),
      word: words[12])
    guard let function = PluginFunction(rawValue: UInt32(truncatingIfNeeded: words[0])), let table else {
      return reply(PolyaStatus(POLYA_BAD_ARGUMENT), 0)
    }
    let marks = UnsafeMutablePointer<UInt8>(bitPattern: UInt(words[13]))
    if function == .score, call.componentCount == nil { describe(table) }
    call.begin(function, rows.output, marks: marks)
    watcher.watch { [plugin] in plugin?.pointee.interrupt?(plugin, table.instance) }
    frame.lent = LentModels(shared: shared, control: control)
    var status = table.perform(function, UnsafePointer(frame.raw), &rows)
    frame.lent = nil
    watcher.watch(nil)
    if status == PolyaStatus(POLYA_OK), !call.copyAll() { status = PolyaStatus(POLYA_OUT_OF_MEMORY) }
    reply(status, rows.word)
  }

  /// Asks a reward for its description. The host does this once, so a process that replaces a dead one must
  /// do it itself.
  private func describe(_ table: BoundTable) {
    var info = PolyaRewardInfo()
    info.struct_size = UInt32(MemoryLayout<PolyaRewardInfo>.size)
    let status = withUnsafeMutablePointer(to: &info) { place in
      var rows = CallRows(
        output: PolyaRowsMut(
          base: UnsafeMutableRawPointer(place), count: 1,
          stride: UInt32(MemoryLayout<PolyaRewardInfo>.stride),
          zero: 0))
      return table.perform(.describeReward, UnsafePointer(frame.raw), &rows)
    }
    if status == PolyaStatus(POLYA_OK) { call.learn(info) }
  }

  private func begin(seed: UInt64, threads: UInt64, used: UInt64, dirty: UInt64, id: UInt64) {
    frame.start(seed: seed)
    frame.raw.pointee.call_id = id
    frame.raw.pointee.max_threads = UInt32(truncatingIfNeeded: threads)
    arena.used = Int(used)
    arena.dirty = Int(dirty)
  }

  private func reply(_ status: PolyaStatus, _ first: UInt64, _ second: UInt64 = 0) {
    let notes = frame.failures.map { failure in
      var note = PolyaNote()
      note.severity = failure.status
      note.message = frame.text(failure.why)
      return note
    }
    let rows = frame.rows(notes)
    let reply = WorkerReply(
      status: status, first: first, second: second, used: arena.used, dirty: max(arena.dirty, arena.used),
      failures: UInt64(UInt(bitPattern: rows.base)), count: notes.count)
    control.send(reply.message)
  }
}

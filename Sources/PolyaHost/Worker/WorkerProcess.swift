internal import CPolya
internal import CPolyaProcess
internal import Glibc
internal import PolyaCore

/// A running `polya-worker` as seen by the host: its socket, output, and end.
final class WorkerProcess {
  private let process: pid_t
  private let control: Int32
  private let output: Int32
  private let ended: Int32
  private let log: @Sendable (Int32, String) -> Void
  private var lines = OutputLines()
  private var isOutputOpen = true
  private var isReaped = false
  private var wasShortOfMemory = false
  private let isSandboxed: Bool
  private let group: WorkerCgroup?

  /// The limits of a wait for a reply.
  struct Patience {
    /// Seconds without a heartbeat; nil for no limit.
    var deadline: Double?
    let stop: StopFlag
    /// Seconds between a stop request and the kill.
    var grace = 2.0
  }

  /// Starts a worker that maps `shared`.
  ///
  /// - Parameters:
  ///  - words: The program and its arguments.
  ///  - isSandboxed: Whether they begin with a ``WorkerSandbox``.
  ///  - group: The control group that the command enters.
  ///  - log: Receives the level and text of log lines and of the plugin's output.
  init(
    _ words: [String], shared: SharedMemory, isSandboxed: Bool, group: WorkerCgroup? = nil,
    log: @escaping @Sendable (Int32, String) -> Void
  ) throws {
    let program = words[0]
    self.log = log
    self.isSandboxed = isSandboxed
    self.group = group
    var sockets: [Int32] = [-1, -1]
    var pipes: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &sockets) == 0 else { throw Self.failure(program) }
    guard polya_pipe(&pipes) == 0 else {
      sockets.forEach { close($0) }
      throw Self.failure(program)
    }
    let theirs = [pipes[1], sockets[1], shared.descriptor].map { polya_high_copy($0) }
    process = Self.start(program, words, theirs)
    let reason = errno
    (theirs + [pipes[1], sockets[1]]).forEach { close($0) }
    (control, output) = (sockets[0], pipes[0])
    guard process > 0 else {
      [control, output].forEach { close($0) }
      group?.remove()
      errno = reason
      throw Self.failure(program)
    }
    ended = polya_process_file(process)
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
  }

  deinit {
    shutdown(control, Int32(SHUT_RDWR))
    // An idle worker ends by itself at once; one that does not is killed.
    end(within: 2000)
    [control, output, ended].forEach { close($0) }
  }

  private static func start(_ program: String, _ words: [String], _ files: [Int32]) -> pid_t {
    var arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    return polya_start_worker(program, &arguments, files[0], files[1], files[2])
  }

  private static func failure(_ program: String) -> PolyaError {
    PolyaError(
      .run, "a worker process cannot be started: \(String(cString: strerror(errno)))", at: program,
      hint: "polya-worker must be in the folder of polya")
  }

  /// Ends the process and everything it started. Returns its exit status.
  ///
  /// - Parameter milliseconds: The time in which it may end by itself.
  @discardableResult
  private func end(within milliseconds: Int32) -> Int32 {
    guard !isReaped else { return 0 }
    isReaped = true
    var file = [pollfd(fd: ended, events: Int16(POLLIN), revents: 0)]
    if ended >= 0 { _ = poll(&file, 1, milliseconds) }
    // Before waiting, since afterwards another group may get the same id.
    kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    if isSandboxed { awaitSilence() }
    wasShortOfMemory = group?.hasKilled ?? false
    group?.remove()
    return status
  }

  /// Waits until no process holds the other end of the socket, since only then can the next worker use the
  /// shared memory. A namespace ends slightly later than the process that created it.
  private func awaitSilence() {
    var buffer = [UInt8](repeating: 0, count: WorkerMessage.largestSize)
    let end = MonotonicClock.nanoseconds() + 2_000_000_000
    while MonotonicClock.nanoseconds() < end {
      let count = recv(control, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { return }
      var file = [pollfd(fd: control, events: Int16(POLLIN), revents: 0)]
      _ = poll(&file, 1, 100)
    }
  }

  /// Sends a message and waits for the reply.
  ///
  /// - Parameters:
  ///  - rows: The number of rows, each of which may show one sign of life.
  ///  - serve: Handles the plugin's requests to the host in the meantime.
  /// - Throws: ``PluginDeath`` if the process ends.
  func exchange(
    _ message: WorkerMessage, shared: SharedMemory, _ patience: Patience, rows: UInt64 = 0,
    serve: ((WorkerMessage) throws -> WorkerMessage)? = nil
  ) throws -> WorkerMessage {
    shared.stop = PolyaStatus(POLYA_OK)
    try sendAll(message)
    let spin = SpinWait()
    var watch = Watch(shared: shared, patience, beats: rows)
    func settle() throws -> WorkerMessage? {
      guard let message = try receive() else { return nil }
      guard message.kind == .ask, let serve else { return message }
      // The time of the host's own work does not count against the plugin.
      try sendAll(try serve(message))
      watch.startAnew()
      return nil
    }
    while !spin.isOver { if hasMessage, let reply = try settle() { return reply } }
    while true {
      var files = [control, isOutputOpen ? output : -1, ended].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      _ = poll(&files, UInt(files.count), watch.pollMilliseconds)
      if files[1].revents != 0 { readOutput() }
      if files[0].revents & Int16(POLLIN) != 0 {
        if let reply = try settle() { return reply }
      } else {
        guard files[0].revents == 0, files[2].revents == 0 else { throw death(nil) }
      }
      if let reason = watch.isOver(shared: shared) {
        kill(-process, SIGKILL)
        throw death(reason, missedDeadline: watch.missedDeadline)
      }
    }
  }

  private func sendAll(_ message: WorkerMessage) throws {
    let bytes = message.encoded
    guard send(control, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw death(nil) }
  }

  private var hasMessage: Bool {
    var byte: UInt8 = 0
    return recv(control, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  /// Returns the next message, or nil if it was a log line.
  private func receive() throws -> WorkerMessage? {
    var buffer = [UInt8](repeating: 0, count: WorkerMessage.largestSize)
    let count = recv(control, &buffer, buffer.count, 0)
    guard count > 0 else { throw death(nil) }
    guard let message = WorkerMessage(decoding: buffer[..<count]) else {
      throw refused("sent \(count) bytes that are not a message")
    }
    guard message.kind == .log else { return message }
    log(Int32(truncatingIfNeeded: message.words[0]), String(decoding: message.text, as: UTF8.self))
    return nil
  }

  /// Reads the available output, but only a bounded amount: a plugin that prints without end must still meet
  /// its deadline.
  private func readOutput() {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    for _ in 0..<8 {
      let count = read(output, &buffer, buffer.count)
      if count == 0 { isOutputOpen = false }
      guard count > 0 else { return }
      lines.add(buffer[..<count]) { log(Int32(POLYA_LOG_INFO), $0) }
    }
  }

  /// Kills a process that cannot be trusted.
  func refused(_ reason: String) -> PluginDeath {
    kill(-process, SIGKILL)
    return death(reason)
  }

  private func death(_ reason: String?, missedDeadline: Bool = false) -> PluginDeath {
    // The socket closes slightly before the process is gone.
    let status = end(within: 1000)
    readOutput()
    let cause = reason ?? describe(status)
    let said = lines.last.isEmpty ? "" : "; it last printed: \(lines.last.joined(separator: " | "))"
    return PluginDeath(cause: cause + said, missedDeadline: missedDeadline)
  }

  private func describe(_ status: Int32) -> String {
    let exit = status >> 8 & 0xFF
    // Bubblewrap reports a signal in its exit status, as shells do.
    let signal = isSandboxed && status & 0x7F == 0 && exit > 128 ? exit - 128 : status & 0x7F
    if wasShortOfMemory { return "was ended for using more memory than its limit" }
    guard signal == 0 else { return "crashed with signal \(signal) (\(String(cString: strsignal(signal))))" }
    return "ended its process with exit status \(exit)"
  }
}

/// The time that a call has left.
private struct Watch {
  private let patience: WorkerProcess.Patience
  private var lastBeat = MonotonicClock.nanoseconds()
  private var heartbeat: UInt32
  private var asked: (at: Int64, reason: String)?
  /// Whether the plugin was asked to stop because of its deadline.
  private(set) var missedDeadline = false
  /// The number of signs of life that still count. Without a bound, a plugin could postpone its deadline
  /// forever.
  private var beats: UInt64

  init(shared: SharedMemory, _ patience: WorkerProcess.Patience, beats: UInt64) {
    self.patience = patience
    self.beats = beats
    heartbeat = shared.heartbeat
  }

  /// Restarts the full time.
  mutating func startAnew() { lastBeat = MonotonicClock.nanoseconds() }

  var pollMilliseconds: Int32 {
    Int32(max(1, min(20, (patience.deadline ?? 1) * 100)))
  }

  /// Asks the worker to stop when its time is up. Returns the reason once the grace period has passed, too.
  mutating func isOver(shared: SharedMemory) -> String? {
    let now = MonotonicClock.nanoseconds()
    if let asked {
      let grace = min(patience.grace, patience.deadline ?? patience.grace)
      return Double(now - asked.at) > grace * 1e9 ? asked.reason : nil
    }
    if shared.heartbeat != heartbeat, beats > 0 {
      beats -= 1
      heartbeat = shared.heartbeat
      lastBeat = now
    }
    if patience.stop.isSet {
      shared.stop = PolyaStatus(POLYA_CANCELLED)
      asked = (now, "did not stop within \(patience.grace) s of the request")
    } else if let deadline = patience.deadline, Double(now - lastBeat) > deadline * 1e9 {
      shared.stop = PolyaStatus(POLYA_TIMED_OUT)
      asked = (now, "returned no result for \(deadline) s")
      missedDeadline = true
    }
    return nil
  }
}

/// Splits what a plugin prints into lines.
private struct OutputLines {
  private var open: [UInt8] = []
  /// The last few complete lines.
  private(set) var last: [String] = []

  private static let kept = 4
  private static let longest = 4096

  mutating func add(_ bytes: some Sequence<UInt8>, _ line: (String) -> Void) {
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") || open.count >= Self.longest else {
        open.append(byte)
        continue
      }
      let text = String(decoding: open, as: UTF8.self)
      open.removeAll(keepingCapacity: true)
      last = (last + [text]).suffix(Self.kept)
      line(text)
    }
  }
}

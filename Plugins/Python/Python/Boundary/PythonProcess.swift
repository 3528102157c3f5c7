internal import CPythonProcess
internal import Glibc

/// An interpreter with the bridge in it: messages out and in, captured output, an end that leaves nothing behind.
final class PythonProcess {
  let control: Int32
  private let process: pid_t
  private let output: Int32
  private var outgoing: [UInt8] = []
  private var incoming: [UInt8] = []
  private var line: [UInt8] = []
  private(set) var printed: [String] = []
  private var isReaped = false

  /// How a process ended without an answer.
  struct Death: Error {
    let cause: String
  }

  /// Starts an interpreter.
  ///
  /// - Throws: ``Death`` when the system has no such program.
  init(python: String, script: String) throws {
    var sockets: [Int32] = [-1, -1]
    var pipes: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, type, 0, &sockets) == 0, pipe(&pipes) == 0 else {
      throw Death(cause: "Python cannot be started: \(String(cString: strerror(errno)))")
    }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(pipes[0], F_SETFL, O_NONBLOCK)
    // The interpreter's end blocks; above 16, so that the copies to 1, 2 and 3 cannot meet it.
    _ = fcntl(sockets[1], F_SETFL, 0)
    let theirs = [sockets[1], pipes[1]].map { fcntl($0, F_DUPFD_CLOEXEC, 16) }
    let texts: [String] = [python, "-u", "-c", script]
    var words = texts.map { strdup($0) } + [nil]
    process = polya_python_start(&words, theirs[0], theirs[1])
    let reason = errno
    words.forEach { free($0) }
    (theirs + [sockets[1], pipes[1]]).forEach { close($0) }
    (control, output) = (sockets[0], pipes[0])
    guard process > 0 else {
      [control, output].forEach { close($0) }
      isReaped = true
      throw Death(cause: "Python cannot be started: \(String(cString: strerror(reason)))")
    }
  }

  deinit {
    shutdown(control, Int32(SHUT_RDWR))
    if !isReaped {
      kill(-process, SIGKILL)
      _ = reap()
    }
    [control, output].forEach { close($0) }
  }

  /// Queues a message.
  func send(_ value: Value) throws {
    var bytes: [UInt8] = [0, 0, 0, 0]
    value.encode(into: &bytes)
    let size = UInt32(clamping: bytes.count - 4)
    for shift in 0..<4 { bytes[shift] = UInt8(truncatingIfNeeded: size >> (8 * UInt32(shift))) }
    outgoing += bytes
    try flush()
  }

  /// Waits until one of the processes has something to say, at most so many milliseconds.
  static func wait(_ processes: [PythonProcess], milliseconds: Int32) {
    var files = processes.flatMap { process in
      let events = Int16(POLLIN) | (process.outgoing.isEmpty ? 0 : Int16(POLLOUT))
      return [
        pollfd(fd: process.control, events: events, revents: 0),
        pollfd(fd: process.output, events: Int16(POLLIN), revents: 0),
      ]
    }
    _ = poll(&files, UInt(files.count), milliseconds)
  }

  /// The next message, if it is there as a whole.
  ///
  /// - Throws: ``Death`` when the process has ended, or speaks another protocol.
  func receive(log: (String) -> Void) throws -> Value? {
    try flush()
    readOutput(log)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(control, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
      guard count > 0 else { throw death(log) }
      incoming += buffer[..<count]
      if count < buffer.count { break }
    }
    guard incoming.count >= 4 else { return nil }
    let size = (0..<4).reduce(0) { $0 | Int(incoming[$1]) << (8 * $1) }
    guard incoming.count - 4 >= size else { return nil }
    let message = Array(incoming[4..<4 + size])
    incoming.removeFirst(4 + size)
    guard let value = Value(decoding: message) else {
      throw Death(cause: "Python sent \(size) bytes that are not a message")
    }
    return value
  }

  private func flush() throws {
    while !outgoing.isEmpty {
      let count = Glibc.send(control, outgoing, min(outgoing.count, 1 << 20), Int32(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return }
      // An end is noticed, with its cause, by the next receive.
      guard count > 0 else { return outgoing.removeAll() }
      outgoing.removeFirst(count)
    }
  }

  private func readOutput(_ log: (String) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { return }
      for byte in buffer[..<count] {
        guard byte == UInt8(ascii: "\n") || line.count > 4096 else {
          line.append(byte)
          continue
        }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll()
        printed = (printed + [text]).suffix(3)
        log(text)
      }
    }
  }

  private func death(_ log: (String) -> Void) -> Death {
    let status = reap()
    readOutput(log)
    let signal = status & 0x7F
    let how =
      signal == 0
      ? "Python ended with exit status \(status >> 8 & 0xFF)"
      : "Python was killed by signal \(signal) (\(String(cString: strsignal(signal))))"
    let said = printed.isEmpty ? "" : "; it last printed: \(printed.joined(separator: " | "))"
    return Death(cause: how + said)
  }

  private func reap() -> Int32 {
    guard !isReaped else { return 0 }
    // The socket may close a moment before the process ends; one that lingers is ended.
    var status: Int32 = 0
    for _ in 0..<100 where waitpid(process, &status, WNOHANG) == 0 { usleep(1000) }
    kill(-process, SIGKILL)
    if waitpid(process, &status, WNOHANG) == 0 { while waitpid(process, &status, 0) < 0, errno == EINTR {} }
    isReaped = true
    return status
  }
}

/// Seconds of a clock that never goes back.
func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

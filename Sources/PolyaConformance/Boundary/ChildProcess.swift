internal import Glibc
internal import PolyaCore

/// A child process in its own process group, with its output in private files.
final class ChildProcess {
  /// How the process ended.
  enum End {
    case exited(Int32)
    case signalled(Int32)
  }

  private let id: pid_t
  private let output, errors: Int32
  private var end: End?
  let start = MonotonicClock.seconds()

  init(_ executable: String, _ words: [String], environment extra: [String] = []) throws {
    output = try Self.file()
    errors = try Self.file()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that are blocked in this process must not appear to be blocked by the plugin.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var arguments: [UnsafeMutablePointer<CChar>?] = ([executable] + words).map { strdup($0) }
    defer { arguments.forEach { free($0) } }
    arguments.append(nil)
    var process = pid_t()
    // Turned off, since the runtime's crash report takes longer than all rules together.
    var environment = Self.environment()
    environment.append(strdup("SWIFT_BACKTRACE=enable=no"))
    for line in extra { environment.append(strdup(line)) }
    defer { environment.forEach { free($0) } }
    environment.append(nil)
    let error = posix_spawn(&process, executable, &actions, &attributes, arguments, environment)
    guard error == 0 else {
      throw PolyaError(
        .run, "a child process cannot be started: \(String(cString: strerror(error)))", at: executable)
    }
    id = process
  }

  deinit {
    close(output)
    close(errors)
  }

  private static func environment() -> [UnsafeMutablePointer<CChar>?] {
    var lines: [UnsafeMutablePointer<CChar>?] = []
    var entry = environ
    while let line = entry.pointee {
      if strncmp(line, "SWIFT_BACKTRACE=", 16) != 0 { lines.append(strdup(line)) }
      entry += 1
    }
    return lines
  }

  private static func file() throws -> Int32 {
    var template = Array("/tmp/polya-check-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw PolyaError(.file, "a temporary file cannot be created", at: "/tmp") }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  /// Returns how the process ended, or nil while it is running.
  func poll() -> End? {
    guard end == nil else { return end }
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    let signal = status & 0x7F
    end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    return end
  }

  /// Returns whether the process has used `limit` seconds, not counting the time that it waited for a
  /// processor.
  func hasUsed(_ limit: Double) -> Bool {
    let elapsed = MonotonicClock.seconds() - start
    guard elapsed > limit else { return false }
    return elapsed > 20 * limit || elapsed - ProcessState.waited(process: id) > limit
  }

  /// Kills the process and everything it started.
  func kill() {
    guard end == nil else { return }
    Glibc.kill(-id, SIGKILL)
    var status: Int32 = 0
    waitpid(id, &status, 0)
    end = .signalled(SIGKILL)
  }

  var outputText: String { Self.text(output) }
  var errorText: String { Self.text(errors) }

  /// Returns the output, at most the last 64 KiB.
  private static func text(_ file: Int32) -> String {
    let size = lseek(file, 0, SEEK_END)
    let start = max(0, size - 65_536)
    var buffer = [UInt8](repeating: 0, count: Int(size - start))
    let count = pread(file, &buffer, buffer.count, start)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  static func pause() { usleep(2000) }

  static func name(ofSignal signal: Int32) -> String {
    String(cString: strsignal(signal))
  }
}

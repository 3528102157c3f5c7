internal import Glibc
internal import PolyaCore

/// The state of the process that no plugin may change.
struct ProcessState: Equatable {
  var floatControl: [UInt64]
  var signalHandlers: [UInt]
  /// The blocked signals of this thread, one bit per signal.
  var blockedSignals: UInt64
  var locale, folder: String
  /// The name, soft limit, and hard limit of each resource.
  var limits: [String]
  var priority: Int32
  /// Whether each timer of the process is running, which would end in a signal.
  var timers: [Bool]
  var mask: mode_t
  var environment: [String]
  var descriptors: [String]
  var threads: Int

  /// Returns the current state.
  static func now() throws -> ProcessState {
    let mask = umask(0)
    umask(mask)
    return ProcessState(
      floatControl: floatControlWords(), signalHandlers: handlers(), blockedSignals: blocked(),
      locale: setlocale(LC_ALL, nil).map { String(cString: $0) } ?? "",
      folder: getcwd(nil, 0).map { path in
        defer { free(path) }
        return String(cString: path)
      } ?? "", limits: try resourceLimits(), priority: getpriority(Int32(PRIO_PROCESS.rawValue), 0),
      timers: runningTimers(),
      mask: mask, environment: environmentLines(), descriptors: try openDescriptors(),
      threads: try Folder.names(in: "/proc/self/task").count)
  }

  /// What stdin, stdout, and stderr refer to.
  var standardStreams: [String] { descriptors.filter { ["0 ", "1 ", "2 "].contains($0.prefix(2)) }.sorted() }

  private static func floatControlWords() -> [UInt64] {
    #if arch(x86_64)
      var state = fenv_t()
      fegetenv(&state)
      // Without the lowest six bits of MXCSR, which are status flags and not settings.
      return [UInt64(state.__mxcsr & 0xFFC0), UInt64(state.__control_word)]
    #else
      return [UInt64(fegetround())]
    #endif
  }

  private static func handlers() -> [UInt] {
    (Int32(1)...31).map { signal in
      var action = sigaction()
      sigaction(signal, nil, &action)
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
    }
  }

  private static func blocked() -> UInt64 {
    var set = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &set)
    return (Int32(1)...63).reduce(0) { $0 | (sigismember(&set, $1) == 1 ? 1 << UInt64($1) : 0) }
  }

  private static func resourceLimits() throws -> [String] {
    String(decoding: try FileBytes.read("/proc/self/limits"), as: UTF8.self).split(separator: "\n")
      .dropFirst()
      .map(String.init)
  }

  private static func runningTimers() -> [Bool] {
    [ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF].map { which -> Bool in
      var timer = itimerval()
      getitimer(Int32(which.rawValue), &timer)
      return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0
    }
  }

  /// Returns the number of child processes that are running or were not waited for.
  static func children() throws -> Int {
    var count = 0
    for attempt in 0..<50 {
      count = try Folder.names(in: "/proc/self/task").reduce(0) { sum, thread in
        let text = String(decoding: try FileBytes.read("/proc/self/task/\(thread)/children"), as: UTF8.self)
        return sum + text.split(separator: " ").count
      }
      // A process that was just killed needs a moment.
      guard count > 0, attempt < 49 else { break }
      usleep(20_000)
    }
    return count
  }

  private static func environmentLines() -> [String] {
    // The current environment of the process, not the one it was started with.
    var lines: [String] = []
    var entry = environ
    while let line = entry.pointee {
      lines.append(String(cString: line))
      entry += 1
    }
    return lines
  }

  /// Returns the open descriptors with what they refer to.
  static func openDescriptors() throws -> [String] {
    try Folder.names(in: "/proc/self/fd").compactMap { name in
      var buffer = [CChar](repeating: 0, count: 4096)
      let count = readlink("/proc/self/fd/\(name)", &buffer, buffer.count - 1)
      guard count > 0 else { return nil }
      let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // Without the folder that is being listed.
      return target.hasSuffix("/fd") ? nil : "\(name) -> \(target)"
    }
  }

  /// Returns the resident memory in bytes, without the pages of files.
  static func anonymousMemory() throws -> Int {
    let fields = String(decoding: try FileBytes.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
    guard fields.count > 2, let resident = Int(fields[1]), let shared = Int(fields[2]) else { return 0 }
    return (resident - shared) * 4096
  }

  /// Returns the seconds that this thread was ready to run but waited for a processor.
  static func waited() throws -> Double {
    try waited(in: "/proc/thread-self")
  }

  /// Returns the longest such wait, in seconds, of the threads of a process; 0 if the process is gone.
  static func waited(process: pid_t) -> Double {
    do {
      let folder = "/proc/\(process)/task"
      return try Folder.names(in: folder).map { try waited(in: "\(folder)/\($0)") }.max() ?? 0
    } catch {
      // Threads may end while they are read; the next call sees those that remain.
      return 0
    }
  }

  private static func waited(in folder: String) throws -> Double {
    let fields = String(decoding: try FileBytes.read("\(folder)/schedstat"), as: UTF8.self).split(
      separator: " ")
    return fields.count > 1 ? (Double(fields[1]) ?? 0) / 1e9 : 0
  }

  /// Returns the number of bytes that `body` writes to stdout or stderr.
  static func bytes(on descriptor: Int32, _ body: () throws -> Void) throws -> Int {
    var template = Array("/tmp/polya-check-XXXXXX\0".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw PolyaError(.file, "a temporary file cannot be created", at: "/tmp") }
    unlink(template)
    fflush(nil)
    let kept = dup(descriptor)
    dup2(file, descriptor)
    defer {
      dup2(kept, descriptor)
      close(kept)
      close(file)
    }
    try body()
    fflush(nil)
    return Int(lseek(file, 0, SEEK_END))
  }
}

/// Runs work on several threads.
enum Parallel {
  private final class Work: Sendable {
    let body: @Sendable (Int) -> Void
    let index: Int

    init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.index = index
      self.body = body
    }
  }

  /// Runs `body` on `count` threads and waits for all of them.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).map { index -> pthread_t in
      var thread = pthread_t()
      let work = Unmanaged.passRetained(Work(index, body)).toOpaque()
      pthread_create(
        &thread, nil,
        { pointer in
          guard let pointer else { return nil }
          let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
          work.body(work.index)
          return nil
        }, work)
      return thread
    }
    for thread in threads { pthread_join(thread, nil) }
  }
}

/// A temporary folder that is removed with the value.
final class ScratchFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/polya-check-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw PolyaError(.file, "a temporary folder cannot be created", at: "/tmp")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    guard let folder = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafePointer(to: entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    closedir(folder)
    for name in names where name != "." && name != ".." {
      let child = path + "/" + name
      if unlink(child) != 0 { remove(child) }
    }
    rmdir(path)
  }
}

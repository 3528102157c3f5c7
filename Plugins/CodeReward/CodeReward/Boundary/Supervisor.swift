internal import Glibc
internal import PolyaKit

/// The Python process that starts sandboxes. Lines of JSON in and out.
///
/// Used by one call at a time. It is a process group of its own and is killed with everything in it when this goes.
final class Supervisor {
  private let process: pid_t
  private let socket: Int32
  private var received: [UInt8] = []

  /// Starts it and waits until it is ready.
  init(settings: JSON, shouldStop: () -> Bool) throws {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw Failure(.unavailable, "cannot create a socket: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    socket = ends[0]
    process = Self.spawn(["python3", "-I", "-S", "-c", Self.program], ends[1])
    close(ends[1])
    guard process > 0 else {
      throw Failure(.unavailable, "cannot start python3: \(String(cString: strerror(errno)))")
    }
    guard case .object(let members) = settings else {
      throw Failure(.internal, "the settings are not an object")
    }
    try send(.object(members + [("sources", Self.sources)]))
    let answer = try receive(shouldStop)
    guard answer["ready"] == .bool(true) else {
      throw Failure(
        .unsupported, answer["problem"]?.string ?? "the supervisor cannot start and did not say why")
    }
  }

  deinit {
    close(socket)
    guard process > 0 else { return }
    kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  static let program =
    [
      PackageResources.filter_py, PackageResources.separate_py, PackageResources.bare_py,
      PackageResources.sandbox_py, PackageResources.languages_py, PackageResources.examples_py,
      PackageResources.supervisor_py,
    ].map(text).joined() + "\nmain()\n"

  /// What runs inside of the sandboxes.
  static let sources: JSON = .object([
    ("separate", .string(text(PackageResources.separate_py))),
    ("values", .string(text(PackageResources.values_py))),
    ("answer", .string(text(PackageResources.answer_py))),
    ("blocks", .string(text(PackageResources.blocks_py))),
    ("native", .string(text(PackageResources.native_py))),
    ("standin", .string(text(PackageResources.standin_py))),
    ("remote", .string(text(PackageResources.remote_py))),
    ("counting", .string(text(PackageResources.counting_py))),
    ("forms", .string(text(PackageResources.forms_py))),
    ("tests", .string(text(PackageResources.tests_py))),
    ("starter", .string(text(PackageResources.starter_py))),
  ])

  private static func spawn(_ arguments: [String], _ end: Int32) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, end, 0)
    posix_spawn_file_actions_adddup2(&actions, end, 1)
    // The calling thread may block signals, which programs would inherit.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    var child: pid_t = 0
    let error = posix_spawnp(&child, arguments[0], &actions, &attributes, &pointers, environ)
    guard error == 0 else {
      errno = error
      return -1
    }
    return child
  }

  /// The results of the jobs, in the order in which they end; after an error this is of no more use.
  func run(_ jobs: [JSON], workers: Int, shouldStop: () -> Bool) throws -> [JSON] {
    try send(.object([("workers", .number("\(workers)")), ("jobs", .array(jobs))]))
    return try jobs.map { _ in try receive(shouldStop) }
  }

  private func send(_ value: JSON) throws {
    var rest = Array((value.text.replacing("\n", with: " ") + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Failure(.internal, "the supervisor ended unexpectedly") }
      rest = rest.dropFirst(count)
    }
  }

  private func receive(_ shouldStop: () -> Bool) throws -> JSON {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(received[..<end])
        received.removeSubrange(...end)
        do throws(JSON.SyntaxError) { return try JSON(parsing: line) } catch {
          throw Failure(.internal, "the supervisor's answer \(error)")
        }
      }
      guard !shouldStop() else { throw Failure(.cancelled, "the host asked to stop") }
      var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 50) > 0 else { continue }
      let count = read(socket, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Failure(.internal, "the supervisor ended unexpectedly") }
      received += buffer[..<count]
    }
  }
}

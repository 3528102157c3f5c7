internal import Glibc
internal import PolyaCore

/// The streams and arguments that the process was started with.
enum StandardStreams {
  /// Opens the streams that are closed, so that no other file takes their descriptors. Reads and writes on
  /// them then fail instead of reaching that file.
  static func open() {
    for (stream, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(stream, F_GETFD) < 0 {
      // open() returns the lowest free number, which is this stream's.
      _ = Glibc.open("/dev/null", mode)
    }
  }

  /// Returns the arguments after the program's name.
  static func words() throws -> [String] {
    try (0..<Int(CommandLine.argc)).dropFirst().map { index in
      guard let bytes = CommandLine.unsafeArgv[index] else { return "" }
      guard let word = String(validatingCString: bytes) else {
        throw PolyaError(
          .configuration, "argument \(index) is not valid UTF-8: '\(String(cString: bytes))'",
          hint: "rename the file or use a symbolic link")
      }
      return word
    }
  }

  /// Ends the process by SIGPIPE, like a program that does not handle closed pipes.
  static func endAsOthersDo() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    // The parent process may have blocked the signal.
    _exit(128 + SIGPIPE)
  }
}

/// Checks the shell's limits (`ulimit`) at startup, so that errors name the limit and not the operation that
/// fails first.
enum ResourceLimits {
  private static let fewestFiles: rlim_t = 32

  static func check() throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    guard limit.rlim_cur < fewestFiles else { return }
    throw PolyaError(
      .run,
      "the limit of open files (ulimit -n) is \(limit.rlim_cur), but at least \(fewestFiles) are needed",
      hint: "raise the limit: ulimit -n 1024")
  }
}

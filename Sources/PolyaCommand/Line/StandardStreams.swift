internal import Glibc
internal import PolyaCore

/// What the process was started with: its three streams and its words.
enum StandardStreams {
  /// Opens the streams that are closed, so that no file we open takes their place: what would be read from them or
  /// written to them then fails with an error instead of going into that file.
  static func open() {
    for (stream, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(stream, F_GETFD) < 0 {
      // The lowest number that is free is this stream's.
      _ = Glibc.open("/dev/null", mode)
    }
  }

  /// The words after the program's name.
  static func words() throws -> [String] {
    try (0..<Int(CommandLine.argc)).dropFirst().map { index in
      guard let bytes = CommandLine.unsafeArgv[index] else { return "" }
      guard let word = String(validatingCString: bytes) else {
        throw PolyaError(
          .configuration, "word \(index) is not valid UTF-8: '\(String(cString: bytes))'",
          hint: "rename the file, or name it by a link")
      }
      return word
    }
  }

  /// Ends the process as a closed pipe ends one that does not look.
  static func endAsOthersDo() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    // It may be blocked by who started us.
    _exit(128 + SIGPIPE)
  }
}

/// Limits of the shell (`ulimit`) under which nothing works are named at the start, not by the first thing that fails.
enum ResourceLimits {
  private static let fewestFiles: rlim_t = 32

  static func check() throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    guard limit.rlim_cur < fewestFiles else { return }
    throw PolyaError(
      .run,
      "only \(limit.rlim_cur) files may be open at once (ulimit -n); at least \(fewestFiles) are needed",
      hint: "raise the limit: ulimit -n 1024")
  }
}

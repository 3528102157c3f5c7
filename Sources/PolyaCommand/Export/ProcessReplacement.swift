internal import Glibc
internal import PolyaCore

/// Ends this program by becoming another one, which keeps the terminal, its signals, and the exit status.
enum ProcessReplacement {
  /// Runs a command with a file as its standard input. Returns only by throwing.
  static func become(_ command: [String], input: String) throws -> Never {
    let descriptor = open(input, O_RDONLY)
    guard descriptor >= 0, dup2(descriptor, STDIN_FILENO) >= 0 else {
      throw PolyaError(.file, "cannot be opened: \(String(cString: strerror(errno)))", at: input)
    }
    close(descriptor)
    // Handlers end with this program, but what it ignores would stay ignored.
    for number in [SIGINT, SIGPIPE, SIGXFSZ] { signal(number, SIG_DFL) }
    // The copies live as long as the process image, which the call replaces.
    execvp(command[0], command.map { strdup($0) } + [nil])
    throw PolyaError(
      .configuration, "cannot be run: \(String(cString: strerror(errno)))", at: command[0],
      hint: "a program needs to be on the PATH or executable; --python names another Python")
  }
}

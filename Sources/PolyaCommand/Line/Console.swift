internal import Glibc
internal import PolyaCore

/// The only place that writes to the terminal: data to stdout, messages to stderr.
///
/// Control characters in text from files and plugins are escaped before people see them. JSON is data and is
/// written unchanged, except to a terminal.
enum Console {
  /// The reader of stdout is gone, as with `| head`, which is not an error.
  struct ReaderGone: Error {}

  /// Writes text for people, of one or more lines.
  static func out(_ text: String) throws { try data(Shown.lines(text) + "\n") }

  /// Writes a value as one line of JSON.
  static func out(_ json: JSON) throws { try data(safe(json.compact) + "\n") }

  /// Writes values as lines of JSON, with a single write.
  static func out(_ rows: [JSON]) throws {
    guard !rows.isEmpty else { return }
    try data(rows.map { safe($0.compact) + "\n" }.joined())
  }

  /// Writes a value as indented JSON.
  static func out(pretty json: JSON) throws { try data(safe(json.pretty) + "\n") }

  /// Writes a path for another command to use; it is escaped only on a terminal.
  static func out(path: String) throws {
    try data((isatty(STDOUT_FILENO) == 1 ? Shown.line(path) : path) + "\n")
  }

  /// Writes a script unchanged.
  static func out(script: String) throws { try data(script) }

  /// Closes stdout, because some file systems report a lack of space only then.
  static func finish() throws {
    guard close(STDOUT_FILENO) == 0 || errno == EBADF else { throw lost(errno) }
  }

  /// Writes a one-line message for people.
  static func message(_ line: String) {
    // If stderr fails, there is no way left to report it.
    _ = write((isTerminal ? clear : "") + Shown.message(line) + "\n", to: STDERR_FILENO)
  }

  /// Reports the failure of a command: a sentence on stderr and, with `--json`, a last line on stdout.
  static func failure(_ error: any Error, asJSON: Bool) {
    message("polya: \(error)")
    guard asJSON else { return }
    let json: JSON = ["error": (error as? PolyaError ?? PolyaError(.run, "\(error)")).json]
    _ = write(safe(json.compact) + "\n", to: STDOUT_FILENO)
  }

  /// Replaces the current line of a terminal, cut to its width.
  static func status(_ line: String) {
    guard isTerminal else { return }
    // The last column stays free, since some terminals wrap when it is filled.
    _ = write(clear + Columns.fit(Shown.line(line), max(1, width - 1)), to: STDERR_FILENO)
  }

  /// The size of the terminal on stdout, less a line for what follows; nil if there is none that can be redrawn.
  static var screen: (width: Int, height: Int)? {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0,
      size.ws_col > 0, size.ws_row > 1
    else { return nil }
    return (Int(size.ws_col), Int(size.ws_row) - 1)
  }

  /// Shows lines in place of those of the last call, in one write, so that nothing flickers.
  static func show(_ lines: [String], over count: Int) throws {
    let up = count == 0 ? "" : "\u{1B}[\(count)A"
    try data(up + lines.map { "\r\u{1B}[K" + Shown.line($0) + "\n" }.joined() + "\u{1B}[J")
  }

  /// Whether stderr is a terminal whose current line can be replaced.
  static var isTerminal: Bool {
    guard isatty(STDERR_FILENO) == 1, (getenv("NO_COLOR").map { String(cString: $0) } ?? "").isEmpty,
      let kind = getenv("TERM").map({ String(cString: $0) })
    else { return false }
    return !["", "dumb"].contains(kind)
  }

  private static let clear = "\r\u{1B}[K"

  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Returns the JSON, escaped further if stdout is a terminal.
  private static func safe(_ json: String) -> String {
    isatty(STDOUT_FILENO) == 1 ? Shown.json(json) : json
  }

  private static func data(_ text: String) throws {
    let reason = write(text, to: STDOUT_FILENO)
    guard reason != EPIPE else { throw ReaderGone() }
    guard reason == 0 else { throw lost(reason) }
  }

  private static func lost(_ reason: Int32) -> PolyaError {
    let hint =
      switch reason {
      case ENOSPC, EDQUOT: "free some space and run the command again"
      case EFBIG: "raise the limit on the size of files (ulimit -f)"
      case EBADF: "stdout is closed; redirect it to a file or pipe"
      default: "the output so far is incomplete"
      }
    return PolyaError(
      .file, "cannot be written: \(String(cString: strerror(reason)))", at: "stdout", hint: hint)
  }

  /// Returns 0, or the errno of a failed write.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var file = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&file, 1, -1)
      case let reason: return reason
      }
    }
    return 0
  }
}

extension PolyaError.Code {
  /// The name of the code in JSON.
  fileprivate var word: String {
    switch self {
    case .configuration: "configuration"
    case .plugin: "plugin"
    case .file: "file"
    case .corrupt: "corrupt"
    case .run: "run"
    case .interrupted: "interrupted"
    }
  }
}

extension PolyaError {
  /// The error for programs, with long texts shortened.
  var json: JSON {
    func text(_ value: String?) -> JSON { value.map { .string(Shown.cut($0)) } ?? .null }
    return [
      "code": .string(code.word), "message": text(message), "place": text(place), "hint": text(hint),
    ]
  }
}

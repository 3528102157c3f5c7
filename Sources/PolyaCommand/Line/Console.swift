internal import Glibc
internal import PolyaCore

/// The only place that writes to the terminal. Stdout is data, messages go to stderr.
///
/// What files and plugins say reaches people with its control characters spelled out; JSON is data and goes as it is.
enum Console {
  /// The reader of stdout has gone away (`| head`), which is nobody's error.
  struct ReaderGone: Error {}

  /// Text for people, of one line or several.
  static func out(_ text: String) throws { try data(Shown.lines(text) + "\n") }

  /// A line of data as JSON.
  static func out(_ json: JSON) throws { try data(safe(json.compact) + "\n") }

  /// Lines of data as JSON, written at once.
  static func out(_ rows: [JSON]) throws {
    guard !rows.isEmpty else { return }
    try data(rows.map { safe($0.compact) + "\n" }.joined())
  }

  /// Data as JSON that people read.
  static func out(pretty json: JSON) throws { try data(safe(json.pretty) + "\n") }

  /// A path, to be used by another command: only a person sees it spelled out.
  static func out(path: String) throws {
    try data((isatty(STDOUT_FILENO) == 1 ? Shown.line(path) : path) + "\n")
  }

  /// A script, as it is.
  static func out(script: String) throws { try data(script) }

  /// Some file systems say only now that there was no space.
  static func finish() throws {
    guard close(STDOUT_FILENO) == 0 || errno == EBADF else { throw lost(errno) }
  }

  /// A message for people, of one line.
  static func message(_ line: String) {
    // There is nobody left to be told of what stderr does not take.
    _ = write((isTerminal ? clear : "") + Shown.message(line) + "\n", to: STDERR_FILENO)
  }

  /// What a command failed with: a sentence on stderr and, where JSON was asked for, a last line on stdout.
  static func failure(_ error: any Error, asJSON: Bool) {
    message("polya: \(error)")
    guard asJSON else { return }
    let json: JSON = ["error": (error as? PolyaError ?? PolyaError(.run, "\(error)")).json]
    _ = write(safe(json.compact) + "\n", to: STDOUT_FILENO)
  }

  /// Replaces the current line of a terminal by as much of a line as fits.
  static func status(_ line: String) {
    guard isTerminal else { return }
    // The last column stays free: some terminals go to the next line when it is filled.
    _ = write(clear + Columns.fit(Shown.line(line), max(1, width - 1)), to: STDERR_FILENO)
  }

  /// Whether messages reach a terminal whose current line can be replaced.
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

  /// The same JSON, but for terminals.
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
      case ENOSPC, EDQUOT: "free some space and give the command again"
      case EFBIG: "a limit on the size of files (ulimit -f) stands in the way"
      case EBADF: "it is closed; give the command somewhere to write to"
      default: "what was written before is not complete"
      }
    return PolyaError(
      .file, "cannot be written: \(String(cString: strerror(reason)))", at: "stdout", hint: hint)
  }

  /// 0, or why not everything was written.
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
  /// What JSON calls it.
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
  /// For machines; long texts are cut.
  var json: JSON {
    func text(_ value: String?) -> JSON { value.map { .string(Shown.cut($0)) } ?? .null }
    return [
      "code": .string(code.word), "message": text(message), "place": text(place), "hint": text(hint),
    ]
  }
}

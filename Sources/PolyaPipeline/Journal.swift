internal import Glibc
internal import PolyaCore

/// The append-only log of events, `journal.jsonl`. Times are recorded here and nowhere else.
struct Journal {
  let path: String

  func write(_ event: String, _ members: JSON.Members = [:]) throws {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let seconds = Double(now.tv_sec) + (Double(now.tv_nsec) / 1e6).rounded() / 1e3
    var line: JSON.Members = ["time": .real(seconds), "event": .string(event)]
    for (key, value) in members { line[key] = value }
    try endCutLine()
    try FileBytes.append(path, Array((JSON.object(line).compact + "\n").utf8))
  }

  /// Ends a last line that a crash cut short, so that the next event does not become part of it.
  private func endCutLine() throws {
    guard let size = FileBytes.size(of: path), size > 0,
      try FileBytes.read(path, from: size - 1, count: 1) != [UInt8(ascii: "\n")]
    else { return }
    try FileBytes.append(path, [UInt8(ascii: "\n")])
  }
}

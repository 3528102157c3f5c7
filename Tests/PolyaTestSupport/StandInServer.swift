internal import Foundation

/// A server in Python from `Tests/Fixtures/servers`, which prints its port to stderr, and ends with this object.
public final class StandInServer {
  /// Such as `http://127.0.0.1:40123`.
  public let url: String
  private let process: RunningCommand

  /// Starts it and waits for its port.
  public init(_ script: String, _ arguments: [String] = []) throws {
    let path = Repository.root.appending(path: "Tests/Fixtures/servers/\(script)").path
    process = try Command.start("/usr/bin/env", ["python3", "-u", path] + arguments)
    for _ in 0..<500 {
      let lines = try process.errorsSoFar()
      if lines.hasSuffix("\n"), let port = Int(lines.dropLast()) {
        url = "http://127.0.0.1:\(port)"
        return
      }
      guard process.isRunning else { break }
      usleep(20_000)
    }
    process.signal(SIGKILL)
    throw CompilationFailure(output: "\(script) printed no port: \(try process.errorsSoFar())")
  }

  /// Ends it, as if its machine had failed.
  public func stop() {
    process.signal(SIGKILL)
    while process.isRunning { usleep(1000) }
  }

  deinit { process.signal(SIGKILL) }
}

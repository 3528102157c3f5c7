import Foundation
import PolyaTestSupport
import Testing

/// What anyone who can reach the port may send to `polya serve`.
@Suite(
  .serialized,
  .enabled(if: ServedModel.isPossible, "no libmicrohttpd: install libmicrohttpd-dev and build again"))
struct ServeAttacks {
  private static let words = [
    "--use", "polya.transformer", "--option", "shape=tiny", "--option", "seed=1", "--max-body", "1000000",
    "--max-connections", "8",
  ]

  /// The most memory that a process has had, in MiB.
  private func peak(_ process: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1024
  }

  /// Garbage, deep nesting, half requests, cut connections, and crowds: nothing crashes, and memory stays bounded.
  @Test func anythingMayBeSent() throws {
    guard try Toolchain.has("python3") else { return }
    let server = try ServedModel(Self.words)
    let before = try peak(server.command.id)
    let script = Repository.root.appending(path: "Tests/Fixtures/serve/attack.py").path
    let result = try Command.run("/usr/bin/env", ["python3", script, "\(server.port)"])
    let log = try server.command.errorsSoFar().suffix(2000)
    #expect(result.status == 0, "\(result.output)\(result.errors)\(log)")
    #expect(server.command.isRunning)
    // Eight bodies of a megabyte, and one value of JSON of that size for each of the server's threads.
    #expect(try peak(server.command.id) - before < 200)
    let ended = try server.stop()
    #expect(ended.status == 0)
    #expect(ended.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("polya serve: ") })
  }

  /// What waits when the server is told to end is told so, and nothing is left hanging.
  @Test func waitingRequestsAreAnsweredAtTheEnd() throws {
    guard try Toolchain.has("python3") else { return }
    let server = try ServedModel(Self.words)
    let script = Repository.root.appending(path: "Tests/Fixtures/serve/ending.py").path
    let words = ["python3", script, "\(server.port)", "\(server.command.id)"]
    let result = try Command.run("/usr/bin/env", words)
    let statuses = result.output.split(whereSeparator: \.isWhitespace)
    #expect(
      statuses.count == 6 && statuses.allSatisfy { ["200", "503"].contains($0) } && statuses.contains("503"),
      "\(statuses) \(result.errors)")
    #expect(try server.command.finish().status == 0)
  }
}

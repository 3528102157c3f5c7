import Foundation
import NetworkHTTP
import NetworkService
import PolyaTestSupport
import Testing

/// Against a server of Python's standard library, which answers as the path says.
struct ServiceClientTests {
  private var quick: Patience {
    var patience = Patience()
    (patience.firstWait, patience.longestWait, patience.attempts) = (0.01, 0.05, 3)
    return patience
  }

  private func client(_ servers: [String], secrets: [String] = []) throws -> ServiceClient {
    try ServiceClient(
      servers, secrets: secrets, patience: quick, limits: HTTPClient.Limits(concurrency: 4))
  }

  private func failure(_ servers: [String], _ request: ServiceRequest, secrets: [String] = []) throws
    -> ServiceFailure
  {
    do {
      _ = try client(servers, secrets: secrets).send(request)
    } catch let failure as ServiceFailure { return failure }
    throw Missing()
  }

  private struct Missing: Error {}

  @Test func aDeadServerIsLeftForOneThatLives() throws {
    let server = try StandInServer("echo_server.py")
    let both = try client(["http://127.0.0.1:1", server.url])
    var got: [Int: [UInt8]] = [:]
    var sent = 0
    let finished = try both.run(
      next: {
        guard sent < 40 else { return nil }
        defer { sent += 1 }
        return (sent, ServiceRequest("/echo", body: Array("n\(sent)".utf8), timeout: 10))
      }, accept: { #expect(got.updateValue($1.body, forKey: $0) == nil) }, shouldStop: { false })
    #expect(finished && got.count == 40)
    for (number, body) in got { #expect(body == Array("n\(number)".utf8)) }
  }

  @Test func aServiceThatIsNotThereEndsSoon() throws {
    let failure = try failure(["http://127.0.0.1:1", "http://127.0.0.1:2"], ServiceRequest("/x", timeout: 5))
    #expect(failure.kind == .unreachable)
  }

  @Test(arguments: [
    ("/status/400", ServiceFailure.Kind.refused(status: 400)), ("/status/404", .refused(status: 404)),
    ("/status/500", .exhausted), ("/status/503?Retry-After=100000", .exhausted),
    ("/status/429?Retry-After=1e300", .exhausted), ("/cut", .exhausted),
  ]) func whatPassesIsTriedAgainAndWhatDoesNotIsNot(_ path: String, _ kind: ServiceFailure.Kind) throws {
    let server = try StandInServer("echo_server.py")
    let failure = try failure([server.url], ServiceRequest(path, timeout: 5))
    #expect(failure.kind == kind, "\(failure)")
    if path == "/status/500" { #expect(failure.seen == "status 500 (3 times)") }
  }

  @Test func whatMayHaveBeenServedIsSentAgainOnlyIfThatDoesNoHarm() throws {
    let server = try StandInServer("echo_server.py")
    let failure = try failure([server.url], ServiceRequest("/cut", timeout: 5, isRepeatable: false))
    #expect(failure.kind == .exhausted && !failure.seen.contains("times"), "\(failure)")
    // Nor is one whose answer arrived and makes no sense.
    var asked = 0
    var sent = false
    #expect(throws: ServiceFailure.self) {
      try client([server.url]).run(
        next: {
          defer { sent = true }
          return sent ? nil : (0, ServiceRequest("/echo", body: [1], timeout: 5, isRepeatable: false))
        },
        accept: { _, _ in
          asked += 1
          throw ServiceFault("the answer is not JSON")
        }, shouldStop: { false })
    }
    #expect(asked == 1)
  }

  @Test func aFaultyAnswerIsAskedForAgainUntilItIsGood() throws {
    let server = try StandInServer("echo_server.py")
    var seen = 0
    var lines: [String] = []
    var sent = false
    let finished = try client([server.url]).run(
      next: {
        defer { sent = true }
        return sent ? nil : (7, ServiceRequest("/echo", body: [1], timeout: 5))
      },
      accept: { _, _ in
        seen += 1
        if seen < 3 { throw ServiceFault("the answer is odd") }
      }, log: { lines.append($0) }, shouldStop: { false })
    #expect(finished && seen == 3 && lines.count == 2 && lines[0].contains("the answer is odd"))
  }

  @Test func aServerThatAsksForAPauseGetsIt() throws {
    let server = try StandInServer("openai_server.py", [#"{"faults": 1, "kinds": ["429"]}"#])
    let body = Array(#"{"model":"stand-in","prompt":[1],"max_tokens":4}"#.utf8)
    let failure = try failure([server.url], ServiceRequest("/v1/completions", body: body, timeout: 5))
    #expect(failure.kind == .exhausted && failure.seen == "status 429 (40 times)", "\(failure)")
  }

  /// However slow some are, what was taken from the source and is not yet answered is bounded.
  @Test func onlySoManyAreOnTheirWay() throws {
    let server = try StandInServer(
      "openai_server.py", [#"{"faults": 0.3, "kinds": ["500", "cut", "429"]}"#])
    var patience = quick
    (patience.attempts, patience.refusals) = (30, 100)
    let client = try ServiceClient(
      [server.url], patience: patience, limits: HTTPClient.Limits(concurrency: 8))
    var (taken, answered, most) = (0, 0, 0)
    let finished = try client.run(
      next: {
        guard taken < 400 else { return nil }
        taken += 1
        most = max(most, taken - answered)
        let body = Array("{\"model\":\"stand-in\",\"prompt\":[\(taken)],\"max_tokens\":9}".utf8)
        return (taken, ServiceRequest("/v1/completions", body: body, timeout: 10))
      }, accept: { _, _ in answered += 1 }, shouldStop: { false })
    #expect(finished && answered == 400)
    #expect(most >= 8 && most <= 16, "\(most): those on their way, and as many that wait to be sent again")
  }

  @Test func aKeyThatAServerRepeatsIsNotShown() throws {
    let server = try StandInServer("openai_server.py")
    let request = ServiceRequest(
      "/v1/completions", body: Array(#"{"model":"s3cret","prompt":"a"}"#.utf8), timeout: 5)
    let failure = try failure([server.url], request, secrets: ["s3cret"])
    #expect(failure.kind == .refused(status: 404))
    #expect(failure.seen.contains("(key)") && !"\(failure)".contains("s3cret"), "\(failure)")
  }
}

import Foundation
import NetworkHTTP
import PolyaTestSupport
import Testing

/// Against a server of Python's standard library, which answers as the path says.
@Suite("HTTP client")
struct HTTPClientTests {
  private func send(_ requests: [HTTPRequest], concurrency: Int = 8, limits: HTTPClient.Limits? = nil) throws
    -> [Int: Result<HTTPAnswer, HTTPFailure>]
  {
    var answers: [Int: Result<HTTPAnswer, HTTPFailure>] = [:]
    var sent = 0
    let finished = try HTTPClient(limits ?? HTTPClient.Limits(concurrency: concurrency)).run(
      next: {
        guard sent < requests.count else { return .nothing }
        defer { sent += 1 }
        return .request(sent, requests[sent])
      },
      ended: { number, answer in
        #expect(answers.updateValue(answer, forKey: number) == nil, "twice")
      }, shouldStop: { false })
    #expect(finished)
    return answers
  }

  private func kind(_ result: Result<HTTPAnswer, HTTPFailure>?) -> HTTPFailure.Kind? {
    guard case .failure(let failure) = result else { return nil }
    return failure.kind
  }

  @Test("what is sent arrives as it is, and so does the answer")
  func echo() throws {
    let server = try StandInServer("echo_server.py")
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let answers = try send([
      HTTPRequest(
        .post, server.url + "/echo", headers: [(name: "X-Key", value: "k")], body: body, timeout: 20),
      HTTPRequest(.get, server.url + "/status/503?Retry-After=7", timeout: 20),
      HTTPRequest(.post, server.url + "/echo", timeout: 20),
      HTTPRequest(.get, server.url + "/gzip", timeout: 20),
    ])
    let echoed = try #require(try answers[0]?.get())
    #expect(echoed.status == 200 && echoed.body == body && echoed.headers["x-key"] == "k")
    let refused = try #require(try answers[1]?.get())
    #expect(refused.status == 503 && refused.headers["retry-after"] == "7")
    #expect(try answers[2]?.get().body == [])
    #expect(try answers[3]?.get().body == Array(String(repeating: "polya ", count: 1000).utf8))
  }

  @Test("each failure has its kind")
  func failures() throws {
    let server = try StandInServer("echo_server.py")
    let limits = HTTPClient.Limits(concurrency: 8, connectTimeout: 5, longestAnswer: 1000)
    let answers = try send(
      [
        HTTPRequest(.get, "http://127.0.0.1:1/", timeout: 5),
        HTTPRequest(.get, server.url + "/slow", timeout: 0.3),
        HTTPRequest(.get, server.url + "/cut", timeout: 5),
        HTTPRequest(.get, server.url + "/long", timeout: 5),
        HTTPRequest(.get, "ftp://127.0.0.1/", timeout: 5),
        HTTPRequest(.get, "nonsense url", timeout: 5),
        HTTPRequest(.get, server.url + "/echo", headers: [(name: "X", value: "a\r\nY: b")], timeout: 5),
        HTTPRequest(.get, server.url + "/redirect", timeout: 5),
        HTTPRequest(.get, server.url.replacing("http:", with: "https:"), timeout: 5),
      ], limits: limits)
    let kinds = (0..<7).map { kind(answers[$0]) }
    #expect(
      kinds == [.unreachable, .timedOut, .cut, .tooLong, .badRequest, .badRequest, .badRequest], "\(answers)")
    #expect(try answers[7]?.get().status == 302, "a key must not follow")
    #expect(kind(answers[8]) == .certificate)
  }

  @Test("two hundred in flight; every answer is its request's")
  func many() throws {
    let server = try StandInServer("echo_server.py")
    let requests = (0..<2000).map {
      HTTPRequest(.post, server.url + "/echo", body: Array("number \($0)".utf8), timeout: 60)
    }
    let answers = try send(requests, concurrency: 200)
    #expect(answers.count == 2000)
    for (number, answer) in answers { #expect(try answer.get().body == Array("number \(number)".utf8)) }
  }

  @Test("a stop ends what is in flight")
  func stop() throws {
    let server = try StandInServer("echo_server.py")
    let begun = ContinuousClock.now
    var asked = 0
    let answer = try HTTPClient(HTTPClient.Limits(concurrency: 1)).send(
      HTTPRequest(.get, server.url + "/slow", timeout: 60)
    ) {
      asked += 1
      return asked > 3
    }
    #expect(answer == nil && ContinuousClock.now - begun < .seconds(3))
  }
}

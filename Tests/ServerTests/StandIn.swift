import Foundation
import NetworkHTTP
import PolyaKit
import PolyaTestSupport
import Testing
import TransformerTokenizer

@testable import Server

/// A model on the server of `Tests/Fixtures/servers/openai_server.py`, whose model is a formula.
final class StandIn {
  let server: StandInServer
  let folder: TemporaryFolder
  /// What was logged.
  private(set) var lines: [String] = []

  /// - Parameter plan: What the server's argument says beside the tokenizer.
  init(_ plan: [String: Any] = [:]) throws {
    folder = try TemporaryFolder()
    let tokenizer = Tokenizer.bytes()
    try folder.write("model/tokenizer.json", String(decoding: tokenizer.json, as: UTF8.self))
    var plan = plan
    plan["tokenizer"] = folder.path("model/tokenizer.json")
    let json = try JSONSerialization.data(withJSONObject: plan)
    server = try StandInServer("openai_server.py", [String(decoding: json, as: UTF8.self)])
  }

  var work: Work {
    Work(shouldStop: { false }, checkStop: {}, log: { [self] _, line in lines.append(line) })
  }

  /// With all options absent that are not given and have no default.
  func options(_ given: [String: OptionValues.Value] = [:], ids: Bool = true) -> OptionValues {
    var values: [String: OptionValues.Value] = [:]
    for option in ServerOptions.declared { values[option.key] = .absent }
    values["concurrency"] = .integer(64)
    values["timeout"] = .real(20)
    values["flavor"] = .text("auto")
    values["chat-limit"] = .text("max_tokens")
    values["url"] = .list([.text(server.url)])
    values["model"] = .text("stand-in")
    if ids { values["folder"] = .text(folder.path("model")) }
    return OptionValues(values.merging(given) { $1 })
  }

  func model(_ given: [String: OptionValues.Value] = [:], ids: Bool = true) throws -> ServerModel {
    try ServerModel(options(given, ids: ids), work)
  }

  /// Requests by path, as the server counted them.
  func counts() throws -> [String: Int] {
    let client = try HTTPClient(HTTPClient.Limits(concurrency: 1))
    let answer = try client.send(HTTPRequest(.get, server.url + "/counts", timeout: 10))
    let data = Data(try #require(answer).body)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Int])
  }

  /// What the server's model says, by its own formula.
  static func text(_ values: [Int32], seed: UInt64, sample: Int = 0) -> String {
    let sum = values.enumerated().reduce(0) { $0 + ($1.offset + 1) * Int($1.element) }
    return "\(sum)-\((seed + UInt64(sample)) % 1_000_003)"
  }
}

internal import NetworkService
internal import PolyaKit

/// One call for the log-probs of given tokens, a request for each sequence.
final class Scoring {
  private let connection: Connection
  private let wire: ScoreWire
  private let sequences: [TokenSequence]
  private let work: Work
  private var scored: [Scored?]
  private var next = 0

  /// - Throws: `unsupported` with the reason for what these servers cannot score.
  init(
    _ sequences: [TokenSequence], _ abilities: Abilities, contextLength: Int?, _ connection: Connection,
    _ work: Work
  ) throws {
    guard abilities.scores,
      let wire = ScoreWire(abilities.flavor, prefix: connection.options.addresses[0].prefix)
    else {
      throw Failure(
        .unsupported,
        "\(abilities.flavor.name) at \(connection.options.addresses[0].root) gives no log-probs of given tokens here; give folder, without which no token ids are exchanged, and use vLLM or SGLang"
      )
    }
    if let other = sequences.first(where: { $0.temperature != 1 }) {
      throw Failure(
        .unsupported,
        "servers score at temperature 1 only, not at \(other.temperature); use polya.transformer, or temperature 1"
      )
    }
    if let contextLength, let long = sequences.firstIndex(where: { $0.tokens.count >= contextLength }) {
      throw Failure(
        .limit,
        "sequence \(long) has \(sequences[long].tokens.count) tokens, but the server's context of \(contextLength) must have room for one more"
      )
    }
    self.connection = connection
    self.wire = wire
    self.sequences = sequences
    self.work = work
    scored = Array(repeating: nil, count: sequences.count)
  }

  func run() throws -> [Scored] {
    try connection.run(work, next: request, accept: { try self.accept($0, $1, $2) }, retried: {})
    return scored.map { $0 ?? Scored(logprobs: []) }
  }

  private func request() -> (Int, ServiceRequest)? {
    while next < sequences.count, sequences[next].from >= sequences[next].tokens.count { next += 1 }
    guard next < sequences.count else { return nil }
    defer { next += 1 }
    let body = wire.body(sequences[next], model: connection.options.model)
    return (
      next, ServiceRequest(wire.path, body: Array(body.compact.utf8), timeout: connection.options.timeout)
    )
  }

  private func accept(_ number: Int, _ json: JSON, _: [UInt8]) throws {
    let logprobs = try wire.logprobs(json, of: sequences[number])
    guard logprobs.allSatisfy({ $0.isFinite && $0 <= 1e-2 }) else {
      throw ServiceFault("a log-prob is above 0")
    }
    scored[number] = Scored(logprobs: logprobs.map { min($0, 0) })
  }
}

internal import Glibc
internal import PolyaKit

/// How a judge's reply becomes a share, 0...1.
enum Scale {
  /// How likely one word is against the other.
  case logit(yes: String, no: String)
  /// A number that it writes.
  case number(ClosedRange<Double>, maxTokens: Int)

  init(_ options: OptionValues) throws {
    guard options.text("scale") == "number" else {
      let (yes, no) = (options.text("yes") ?? "", options.text("no") ?? "")
      guard !yes.isEmpty, !no.isEmpty, yes != no else {
        throw Failure(.badOption, "yes is '\(yes)' and no is '\(no)'; give two different words")
      }
      self = .logit(yes: yes, no: no)
      return
    }
    let (lowest, highest) = (options.real("lowest") ?? 1, options.real("highest") ?? 10)
    guard lowest < highest else {
      throw Failure(.badOption, "lowest is \(lowest), but must be below highest, which is \(highest)")
    }
    self = .number(lowest...highest, maxTokens: options.integer("max-tokens") ?? 16)
  }

  /// Tokens that must fit behind a prompt; those of a word are few.
  var room: Int {
    switch self {
    case .logit: 16
    case .number(_, let maxTokens): maxTokens
    }
  }

  /// What the judge says after each prompt; nil where it says no number.
  func read(_ prompts: [(tokens: [Int32], id: UInt64)], _ judge: BoundModel, seed: UInt64) throws -> [Double?]
  {
    guard !prompts.isEmpty else { return [] }
    switch self {
    case .logit(let yes, let no):
      let words = try judge.encode([yes, no])
      guard words.allSatisfy({ (1...room).contains($0.count) }) else {
        throw Failure(.badOption, "yes is '\(yes)' and no is '\(no)'; each must be 1 to \(room) tokens long")
      }
      let scored = try judge.score(
        prompts.enumerated().flatMap { index, prompt in
          words.map {
            TokenSequence(tokens: prompt.tokens + $0, from: prompt.tokens.count, group: UInt64(index + 1))
          }
        })
      return prompts.indices.map { index in
        let (yes, no) = (Self.sum(scored[2 * index].logprobs), Self.sum(scored[2 * index + 1].logprobs))
        return 1 / (1 + exp(no - yes))
      }
    case .number(let range, let maxTokens):
      let replies = try judge.generate(
        prompts.map {
          Prompt(id: $0.id, seed: seed, tokens: $0.tokens, maxTokens: maxTokens, temperature: 0)
        })
      return replies.map { Self.number(in: String(decoding: $0.text, as: UTF8.self), range) }
    }
  }

  private static func sum(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }

  /// The first number of a reply, as a share of the way; nil when it is outside the range or there is none.
  static func number(in reply: String, _ range: ClosedRange<Double>) -> Double? {
    let found = reply.utf8.split { !($0 &- 0x30 < 10 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")) }
      .lazy.compactMap { part in
        var text = String(decoding: part, as: UTF8.self)
        while text.hasSuffix(".") { text.removeLast() }
        return Double(text)
      }.first
    guard let found, range.contains(found) else { return nil }
    return (found - range.lowerBound) / (range.upperBound - range.lowerBound)
  }
}

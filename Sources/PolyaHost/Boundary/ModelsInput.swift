internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Checks and copies the arguments of a plugin's call of a lent model.
struct ModelsInput {
  /// How far the plugin is trusted.
  let received: Received

  /// The maximum number of samples per prompt; a larger value must be garbage.
  private static let mostSamples: UInt32 = 1 << 16

  /// Returns access to the rows for the results.
  ///
  /// - Parameter least: The size of a row in an older header, of which only the beginning may be written.
  func places<Row>(_ rows: PolyaRowsMut, _ count: Int, _ type: Row.Type, least: Int? = nil) throws -> (Int) ->
    UnsafeMutablePointer<Row>
  {
    guard count > 0 || rows.count == 0 else {
      throw Misbehavior("it provides \(rows.count) result rows for no results")
    }
    guard count > 0 else { return { _ in preconditionFailure("there are no places") } }
    guard let base = rows.base, Int(rows.stride) >= least ?? MemoryLayout<Row>.size, rows.stride % 8 == 0,
      Int(bitPattern: base) % 8 == 0, Int(clamping: rows.count) == count
    else {
      throw Misbehavior("it provides \(rows.count) result rows of \(rows.stride) bytes for \(count) results")
    }
    try received.checkPlace(base, count * Int(rows.stride), "the result rows")
    return { base.advanced(by: $0 * Int(rows.stride)).assumingMemoryBound(to: Row.self) }
  }

  func texts(_ input: PolyaRows) throws -> [String] {
    try received.rows(input, PolyaText.self, "the texts") { try received.text($0, "a text") }
  }

  func chats(_ input: PolyaRows) throws -> [[Message]] {
    try received.rows(input, PolyaRows.self, "the chats", messages)
  }

  private func messages(_ input: PolyaRows) throws -> [Message] {
    try received.rows(input, PolyaMessage.self, "the messages") {
      Message(
        role: try received.text($0.role, "a role"),
        content: try received.text($0.content, "a content"))
    }
  }

  func prompts(_ input: PolyaRows, _ info: ModelInfo) throws -> [GenerationRequest] {
    try received.rows(input, PolyaPrompt.self, "the prompts") { raw in
      let tokens = try self.tokens(raw.tokens, info)
      if let why = info.refusal(ofPrompt: tokens.count) { throw Misbehavior(why) }
      guard (1...Self.mostSamples).contains(raw.samples), raw.max_tokens >= 1, raw.max_tokens <= 1 << 24
      else {
        throw Misbehavior("it asks for \(raw.samples) samples of \(raw.max_tokens) tokens")
      }
      guard raw.temperature.isFinite, raw.temperature >= 0, (0...1).contains(raw.min_p), raw.top_p > 0,
        raw.top_p <= 1
      else {
        throw Misbehavior(
          "the temperature is \(raw.temperature), top-p \(raw.top_p), min-p \(raw.min_p)")
      }
      let sampling = Sampling(
        maxTokens: Int(raw.max_tokens), temperature: raw.temperature, topK: Int(max(raw.top_k, 0)),
        topP: raw.top_p, minP: raw.min_p, stop: try texts(raw.stop))
      return GenerationRequest(
        id: raw.item_id, seed: raw.seed, tokens: tokens, samples: Int(raw.samples), sampling: sampling,
        wantsMask: raw.wants_mask != 0)
    }
  }

  func sequences(_ input: PolyaRows, _ info: ModelInfo) throws -> [TokenSequence] {
    try received.rows(input, PolyaSequence.self, "the sequences") { raw in
      let tokens = try tokens(raw.tokens, info)
      guard raw.from >= 1, raw.from <= UInt64(tokens.count) else {
        throw Misbehavior("it asks to score \(tokens.count) tokens from index \(raw.from)")
      }
      guard raw.temperature.isFinite, raw.temperature >= 0 else {
        throw Misbehavior("the temperature is \(raw.temperature)")
      }
      if let limit = info.contextLength, tokens.count > limit {
        throw Misbehavior("a sequence has \(tokens.count) tokens, but the model's context has only \(limit)")
      }
      let mask = SamplingMask(
        ids: try self.tokens(raw.mask, info), ends: try received.tokens(raw.mask_ends, "ends of a mask"))
      if !mask.isEmpty, let problem = mask.problem(of: tokens[Int(raw.from)...]) {
        throw Misbehavior("a sampling mask \(problem)")
      }
      return TokenSequence(
        tokens: tokens, from: Int(raw.from), group: raw.group,
        temperature: raw.temperature == 0 ? 1 : raw.temperature, mask: mask)
    }
  }

  /// Returns the token ids after checking that they are in the model's vocabulary; others would index wild
  /// memory.
  private func tokens(_ raw: PolyaTokens, _ info: ModelInfo) throws -> [Int32] {
    let ids = try received.tokens(raw, "token ids")
    if let wild = ids.first(where: { $0 < 0 || Int($0) >= info.vocabularySize ?? .max }) {
      throw Misbehavior("the token id \(wild) is outside of the model's vocabulary")
    }
    return ids
  }
}

extension PolyaRows: ReceivedRow { static var firstSize: Int { MemoryLayout<PolyaRows>.size } }
extension PolyaPrompt: ReceivedRow { static var firstSize: Int { StructLayout.prompt.firstSize } }
extension PolyaSequence: ReceivedRow { static var firstSize: Int { StructLayout.sequence.firstSize } }

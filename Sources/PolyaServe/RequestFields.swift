internal import PolyaCore

/// Reads the fields of a request's body. Null counts as absent, since clients send it for what is not set.
struct RequestFields {
  private let reader: ObjectReader

  /// Parses a body.
  init(_ body: [UInt8]) throws {
    let json: JSON
    do { json = try JSONParser.parse(body) } catch {
      throw APIError(400, "the body is not JSON: \(error)")
    }
    guard case .object(let members) = json else {
      throw APIError(400, "the body must be an object, not \(json.typeName)")
    }
    try self.init(JSON.Members(members.pairs.filter { $0.value != .null }), at: "")
  }

  private init(_ members: JSON.Members, at path: String) throws {
    reader = try ObjectReader(.object(members), at: path)
  }

  /// The fields of each object of a list, or nil if the field is absent.
  func objects(_ key: String) throws -> [RequestFields]? {
    guard let json = value(key) else { return nil }
    guard let items = json.array else { throw wrong(key, "must be a list of objects, not \(json.shown)") }
    return try items.enumerated().map { index, item in
      let path = reader.place("\(key)[\(index)]")
      guard case .object(let members) = item else {
        throw APIError(400, "'\(path)' must be an object, not \(item.shown)", field: path)
      }
      return try RequestFields(JSON.Members(members.pairs.filter { $0.value != .null }), at: path)
    }
  }

  func value(_ key: String) -> JSON? { reader.value(key) }
  func string(_ key: String) throws -> String? { try reader.string(key) }
  func bool(_ key: String) throws -> Bool { try reader.bool(key) ?? false }
  func strings(_ key: String) throws -> [String]? { try reader.strings(key) }

  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    try reader.integer(key, in: range)
  }

  func real(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    try reader.real(key, in: range)
  }

  /// The error of a wrong field; `sentence` goes on after its name.
  func wrong(_ key: String, _ sentence: String) -> APIError {
    let path = reader.place(key)
    return APIError(400, "'\(String(path.unicodeScalars.prefix(100)))' \(sentence)", field: path)
  }

  func required<Value>(_ key: String, _ value: Value?) throws -> Value {
    guard let value else { throw wrong(key, "is missing") }
    return value
  }

  /// Refuses fields that were not read, except those with which the result is the same as without.
  func finish() throws {
    for (key, value) in reader.members where !reader.known.contains(key) {
      if NeutralFields.harmless.contains(key) { continue }
      guard let neutral = NeutralFields.neutral[key] else {
        let near = Suggestion.nearest(to: key, among: reader.known)
        throw wrong(key, "is unknown" + (near.map { "; did you mean '\($0)'?" } ?? "; leave it out"))
      }
      guard neutral.contains(where: { NeutralFields.equal($0, value) }) else {
        throw wrong(key, "is not supported, except as \(neutral[0].compact): leave it out")
      }
    }
  }
}

/// Fields of OpenAI's and vLLM's interfaces that polya accepts without acting on them.
enum NeutralFields {
  /// Those that never change a result.
  static let harmless: Set = [
    "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "request_id",
    "parallel_tool_calls", "stream_options",
  ]

  /// Those that may change a result, with the values that do not.
  static let neutral: [String: [JSON]] = [
    "presence_penalty": [0], "frequency_penalty": [0], "repetition_penalty": [1], "length_penalty": [1],
    "logit_bias": [[:]], "suffix": [""], "tools": [[]], "functions": [[]], "tool_choice": ["none", "auto"],
    "function_call": ["none", "auto"], "response_format": [["type": "text"]], "modalities": [["text"]],
    "use_beam_search": [false], "ignore_eos": [false], "min_tokens": [0], "stop_token_ids": [[]],
    "bad_words": [[]], "allowed_token_ids": [[]], "include_stop_str_in_output": [false],
    "add_special_tokens": [false], "add_generation_prompt": [true], "continue_final_message": [false],
    "return_tokens_as_token_ids": [false],
  ]

  /// Whether values are equal; 0 and 0.0 are.
  static func equal(_ a: JSON, _ b: JSON) -> Bool {
    if let a = a.real, let b = b.real { return a == b }
    return a == b
  }
}

internal import CPolya

extension WorkFunction {
  static func all(of table: PolyaModel, _ instance: Instance) -> [WorkFunction] {
    var functions: [WorkFunction] = []
    if let encode = table.encode {
      functions.append(
        WorkFunction(
          role: .encode, inputSize: MemoryLayout<PolyaText>.size, outputSize: MemoryLayout<PolyaTokens>.size,
          hasStatus: false,
          write: { if case .text(let text) = $0 { blob($1.text(text)) } else { [] } },
          invoke: { encode(instance.raw, $0, $1, $2) }, read: { ids($1.load(as: PolyaTokens.self), $2) }))
    }
    if let decode = table.decode {
      functions.append(
        WorkFunction(
          role: .decode, inputSize: MemoryLayout<PolyaTokens>.size, outputSize: MemoryLayout<PolyaBytes>.size,
          hasStatus: false,
          write: { if case .tokens(let tokens) = $0 { blob($1.tokens(tokens)) } else { [] } },
          invoke: { decode(instance.raw, $0, $1, $2) },
          read: {
            let bytes = $1.load(as: PolyaBytes.self)
            return "\($2.bytes(UInt(bitPattern: bytes.data), bytes.size, "decoded bytes"))"
          }))
    }
    if let score = table.score { functions.append(scoring(score, instance)) }
    if let generate = table.generate { functions.append(generating(generate, instance)) }
    return functions
  }

  static func ids(_ tokens: PolyaTokens, _ reader: ResultReader) -> String {
    "\(reader.array(tokens.ids, tokens.count, "token ids"))"
  }

  static func scoring(_ score: @escaping Rows, _ instance: Instance) -> WorkFunction {
    WorkFunction(
      role: .scoreTokens, inputSize: MemoryLayout<PolyaSequence>.size,
      outputSize: MemoryLayout<PolyaScored>.size, write: sequence, prepare: place,
      invoke: { score(instance.raw, $0, $1, $2) },
      read: { input, row, reader in
        guard case .sequence(let sequence) = input else { return "" }
        let count = UInt64(sequence.tokens.count) - sequence.from
        let row = row.load(as: PolyaScored.self)
        let logprobs = reader.array(UnsafePointer(row.logprobs), count, "log-probs")
        let entropies =
          row.entropies == nil ? [] : reader.array(UnsafePointer(row.entropies), count, "entropies")
        // A model without entropies leaves the place as it is.
        let hasEntropies = entropies.contains { !$0.isNaN }
        if logprobs.contains(where: { !$0.isFinite || $0 > 1e-4 })
          || hasEntropies && entropies.contains(where: { !($0 > -1e-3) })
        {
          reader.fault(
            "model.score-range", "log-probs \(logprobs.prefix(8)), entropies \(entropies.prefix(8))")
        }
        return "\(logprobs.map(\.bitPattern)) \(entropies.map(\.bitPattern))"
      })
  }

  static func sequence(_ input: Input, _ writer: InputWriter) -> [UInt8] {
    guard case .sequence(let sequence) = input else { return [] }
    return blob(
      PolyaSequence(
        item_id: 1, tokens: writer.tokens(sequence.tokens), from: sequence.from, group: 0,
        temperature: sequence.temperature, mask: PolyaTokens(), mask_ends: PolyaTokens()))
  }

  /// Provides the arrays of a scored row, which belong to the host.
  static func place(_ input: Input, _ row: UnsafeMutableRawPointer, _ writer: InputWriter) {
    guard case .sequence(let sequence) = input else { return }
    let none = [Float](repeating: .nan, count: sequence.tokens.count - Int(sequence.from))
    var scored = PolyaScored()
    scored.logprobs = UnsafeMutablePointer(mutating: writer.array(none))
    if sequence.wantsEntropies { scored.entropies = UnsafeMutablePointer(mutating: writer.array(none)) }
    row.storeBytes(of: scored, as: PolyaScored.self)
  }

  private static func generating(_ generate: @escaping Rows, _ instance: Instance) -> WorkFunction {
    WorkFunction(
      role: .generate, inputSize: MemoryLayout<PolyaPrompt>.size, outputSize: MemoryLayout<PolyaSample>.size,
      write: SampleRow.prompt, invoke: { generate(instance.raw, $0, $1, $2) },
      read: { SampleRow.read($0, $1.load(as: PolyaSample.self), $2).text })
  }
}

/// A sample that was read.
struct SampleRow: Sendable {
  var finish: UInt32 = 0
  var bytes: [UInt8] = []
  var tokens: [Int32] = []
  var logprobs: [Float] = []

  var text: String { "\(finish) \(tokens) \(logprobs.map(\.bitPattern)) \(bytes)" }
  var isCut: Bool { finish == UInt32(POLYA_END_LENGTH) }

  static func prompt(_ input: Input, _ writer: InputWriter) -> [UInt8] {
    guard case .prompt(let request) = input else { return [] }
    var prompt = PolyaPrompt()
    prompt.item_id = request.id
    prompt.seed = request.seed
    prompt.tokens = writer.tokens(request.tokens)
    prompt.samples = request.samples
    prompt.max_tokens = request.maxTokens
    prompt.temperature = request.temperature
    prompt.top_p = 1
    prompt.stop = writer.rows(request.stop.map { writer.text($0) })
    return WorkFunction.blob(prompt)
  }

  static func read(_ input: Input, _ row: PolyaSample, _ reader: ResultReader) -> SampleRow {
    guard case .prompt(let request) = input else { return SampleRow() }
    var sample = SampleRow()
    sample.finish = row.finish
    sample.bytes = reader.bytes(UInt(bitPattern: row.text.data), row.text.size, "sampled text")
    sample.tokens = reader.array(row.tokens.ids, row.tokens.count, "sampled ids")
    if row.logprobs != nil { sample.logprobs = reader.array(row.logprobs, row.tokens.count, "log-probs") }
    if !sample.tokens.isEmpty { reader.saw(.sampledToken) }
    let rule = "model.samples"
    if !(1...5).contains(row.finish) {
      reader.fault(rule, "a sample has the unknown finish reason \(row.finish)")
    }
    if sample.tokens.count > Int(request.maxTokens) {
      reader.fault(
        rule, "a sample has \(sample.tokens.count) tokens, but at most \(request.maxTokens) were requested")
    }
    if sample.logprobs.contains(where: { !$0.isFinite || $0 > 1e-3 }) {
      reader.fault(rule, "the log-prob of a sampled token is not finite or is above 0")
    }
    return sample
  }
}

extension Instance {
  /// Returns samples with all their values. Several samples of one prompt are several rows.
  func sample(_ prompts: [PromptInput], _ settings: CallSettings = CallSettings()) throws -> (
    rows: [SampleRow], result: CallResult
  ) {
    let function = try function(.generate)
    var rows: [SampleRow] = []
    let keeping = WorkFunction(
      role: .generate, inputSize: function.inputSize, outputSize: function.outputSize, write: function.write,
      invoke: function.invoke,
      read: {
        let row = SampleRow.read($0, $1.load(as: PolyaSample.self), $2)
        rows.append(row)
        return row.text
      })
    let result = try call(keeping, prompts.map { .prompt($0) }, settings)
    return (rows, result)
  }

  func encode(_ text: [UInt8]) throws -> [Int32] {
    let result = try call(try function(.encode), [.text(text)])
    try require(result.status == 0, "encode failed with status \(result.status)")
    return result.rows[0].dropFirst().dropLast().split(separator: ",").compactMap {
      Int32($0.drop { $0 == " " })
    }
  }

  func decode(_ ids: [Int32]) throws -> (status: Int32, bytes: [UInt8]) {
    let result = try call(try function(.decode), [.tokens(ids)])
    let bytes = (result.rows.first ?? "").dropFirst().dropLast().split(separator: ",").compactMap {
      UInt8($0.drop { $0 == " " })
    }
    return (result.status, bytes)
  }

  /// Returns the log-probs of sequences.
  func logprobs(_ sequences: [SequenceInput]) throws -> [[Float]] {
    try scores(sequences).map { Self.floats($0) }
  }

  /// All NaN where the model has none.
  func entropies(_ sequences: [SequenceInput]) throws -> [[Float]] {
    try scores(sequences).map { row in Self.floats(String(row.drop { $0 != "]" }.dropFirst(2))) }
  }

  private func scores(_ sequences: [SequenceInput]) throws -> [String] {
    let result = try call(try function(.scoreTokens), sequences.map { .sequence($0) })
    try require(
      result.status == 0 && result.statuses.allSatisfy { $0 == 0 },
      "score failed with status \(result.status)"
    )
    return result.rows
  }

  static func floats(_ row: String) -> [Float] {
    row.prefix { $0 != "]" }.dropFirst().split(separator: ",").compactMap {
      UInt32($0.drop { $0 == " " }).map { Float(bitPattern: $0) }
    }
  }
}

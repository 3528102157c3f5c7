internal import CPolya

/// A model of the manifest that one of the plugin's options names.
///
/// Lifetime: that of the call. Any thread of the call may use it; calls wait for each other.
public struct BoundModel {
  private let call: Call
  private let name: String
  private let table: UnsafePointer<PolyaModels>

  fileprivate init(_ name: String, _ call: Call) throws {
    let host = call.raw.pointee.host
    guard let table = host?.pointee.service(host, POLYA_MODELS) else {
      throw Failure(.unsupported, "the model '\(name)' cannot be asked: this host lends no models to plugins")
    }
    self.call = call
    self.name = name
    self.table = table.assumingMemoryBound(to: PolyaModels.self)
  }

  /// Token ids of texts; special tokens are not added.
  public func encode(_ texts: [String]) throws -> [[Int32]] {
    let rows = try Arena(call: call.raw).texts(texts)
    return try tokens(texts.count, rows, table.pointee.encode)
  }

  /// Token ids of a prompt for each conversation; its joined contents when the model has no chat template.
  public func promptTokens(_ chats: [[Message]]) throws -> [[Int32]] {
    let arena = Arena(call: call.raw)
    return try tokens(
      chats.count, try arena.rows(try chats.map { try arena.messages($0) }), table.pointee.render)
  }

  /// Log-probs of `tokens[from...]` of each sequence.
  public func score(_ sequences: [TokenSequence]) throws -> [Scored] {
    let arena = Arena(call: call.raw)
    let counts = try sequences.map { sequence in
      guard sequence.from >= 1, sequence.from <= sequence.tokens.count else {
        throw Failure(.badArgument, "\(sequence.tokens.count) tokens are to be scored from \(sequence.from)")
      }
      return sequence.tokens.count - sequence.from
    }
    let input = try arena.rows(
      try sequences.map {
        PolyaSequence(
          item_id: 0, tokens: try arena.tokens($0.tokens), from: UInt64($0.from), group: $0.group,
          temperature: $0.temperature)
      })
    let (output, places) = try self.places(PolyaScored.self, sequences.count)
    for (index, sequence) in sequences.enumerated() {
      places[index].logprobs = try floats(counts[index])
      if sequence.wantsEntropies { places[index].entropies = try floats(counts[index]) }
    }
    try check { table.pointee.score(call.raw, $0, input, output) }
    return sequences.indices.map { index in
      let row = places[index]
      return Scored(
        logprobs: Array(copying: row.logprobs, count: UInt64(counts[index])),
        entropies: Array(copying: row.entropies, count: UInt64(counts[index])))
    }
  }

  private func floats(_ count: Int) throws -> UnsafeMutablePointer<Float> {
    try Arena(call: call.raw).bytes(max(count, 1) * MemoryLayout<Float>.stride, alignment: 8)
      .assumingMemoryBound(to: Float.self)
  }

  private func tokens(
    _ count: Int, _ input: PolyaRows,
    _ ask: (UnsafePointer<PolyaCall>?, PolyaText, PolyaRows, PolyaRowsMut) -> PolyaStatus
  ) throws -> [[Int32]] {
    let (output, places) = try self.places(PolyaTokens.self, count)
    try check { ask(call.raw, $0, input, output) }
    return (0..<count).map { Array(copying: places[$0].ids, count: places[$0].count) }
  }

  private func places<Row>(_ type: Row.Type, _ count: Int) throws -> (PolyaRowsMut, UnsafeMutablePointer<Row>)
  {
    let stride = MemoryLayout<Row>.stride
    let memory = try Arena(call: call.raw).bytes(max(count, 1) * stride, alignment: 8)
    let rows = PolyaRowsMut(base: memory, count: UInt64(count), stride: UInt32(stride), zero: 0)
    return (rows, memory.assumingMemoryBound(to: Row.self))
  }

  private func check(_ ask: (PolyaText) -> PolyaStatus) throws {
    let status = name.withPolyaText(ask)
    guard status != PolyaStatus(POLYA_OK) else { return }
    let why = String(table.pointee.reason(call.raw))
    throw Failure(
      Failure.Code(rawValue: status) ?? .internal,
      "the model '\(name)' cannot be asked: \(why.isEmpty ? "status \(status)" : why)")
  }
}

extension Call {
  /// The model that an option of the plugin names; `name` is what arrived there.
  ///
  /// - Throws: ``Failure`` with code `unsupported` when the host lends no models.
  public func model(_ name: String) throws -> BoundModel { try BoundModel(name, self) }
}

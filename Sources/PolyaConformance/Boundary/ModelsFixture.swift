internal import CPolya
internal import Glibc

/// The service `polya.host.models/1` with the same toy model behind every name, so that judges can be checked
/// without a checkpoint. Its tokens are bytes, all equally likely, and its reply is always "5".
enum ModelsFixture {
  // Safety: Written once before it is visible to others, and constant afterwards.
  nonisolated(unsafe) static let table: UnsafeRawPointer = {
    var table = PolyaModels()
    table.struct_size = UInt32(MemoryLayout<PolyaModels>.size)
    table.info = { _, _, out in
      guard let out else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
      (out.pointee.vocab_size, out.pointee.context_length) = (256, 1 << 20)
      (out.pointee.bos, out.pointee.eos) = (-1, -1)
      return PolyaStatus(POLYA_OK)
    }
    table.encode = { call, _, texts, out in
      answer(texts, PolyaText.self, out, PolyaTokens.self) { text, row in
        tokens(of: [text], call).map { row.pointee = $0 } != nil
      }
    }
    table.render = { call, _, chats, out in
      answer(chats, PolyaRows.self, out, PolyaTokens.self) { chat, row in
        let contents = rows(chat, PolyaMessage.self).map(\.content)
        return tokens(of: contents, call).map { row.pointee = $0 } != nil
      }
    }
    table.score = { _, _, sequences, out in
      answer(sequences, PolyaSequence.self, out, PolyaScored.self) { sequence, row in
        let count = Int(sequence.tokens.count) - Int(sequence.from)
        row.pointee.logprobs?.update(repeating: -Float(log(256.0)), count: max(0, count))
        row.pointee.entropies?.update(repeating: Float(log(256.0)), count: max(0, count))
        return true
      }
    }
    table.generate = { call, _, prompts, out in
      var index = 0
      for prompt in rows(prompts, PolyaPrompt.self) {
        for _ in 0..<prompt.samples {
          guard let memory = call?.pointee.alloc(call, 4, 4) else { return PolyaStatus(POLYA_OUT_OF_MEMORY) }
          memory.storeBytes(of: Int32(UInt8(ascii: "5")), as: Int32.self)
          let row = out.base.advanced(by: index * Int(out.stride)).assumingMemoryBound(to: PolyaSample.self)
          row.pointee.finish = UInt32(POLYA_END_STOP)
          row.pointee.text = PolyaBytes(
            data: UnsafePointer(memory.assumingMemoryBound(to: UInt8.self)), size: 1)
          row.pointee.tokens = PolyaTokens(
            ids: UnsafePointer(memory.assumingMemoryBound(to: Int32.self)), count: 1)
          index += 1
        }
      }
      return PolyaStatus(POLYA_OK)
    }
    table.reason = { _ in PolyaText() }
    let memory = UnsafeMutablePointer<PolyaModels>.allocate(capacity: 1)
    memory.initialize(to: table)
    return UnsafeRawPointer(memory)
  }()

  private static func rows<Row>(_ rows: PolyaRows, _ type: Row.Type) -> [Row] {
    guard let base = rows.base else { return [] }
    return (0..<Int(rows.count)).map {
      base.advanced(by: $0 * Int(rows.stride)).assumingMemoryBound(to: Row.self).pointee
    }
  }

  private static func answer<Input, Output>(
    _ input: PolyaRows, _: Input.Type, _ out: PolyaRowsMut, _: Output.Type,
    _ fill: (Input, UnsafeMutablePointer<Output>) -> Bool
  ) -> PolyaStatus {
    guard out.count == input.count else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
    for (index, row) in rows(input, Input.self).enumerated() {
      let place = out.base.advanced(by: index * Int(out.stride)).assumingMemoryBound(to: Output.self)
      guard fill(row, place) else { return PolyaStatus(POLYA_OUT_OF_MEMORY) }
    }
    return PolyaStatus(POLYA_OK)
  }

  /// Returns the bytes of texts, concatenated, or nil if the arena has no room.
  private static func tokens(of texts: [PolyaText], _ call: UnsafePointer<PolyaCall>?) -> PolyaTokens? {
    let bytes = texts.flatMap {
      Array(UnsafeRawBufferPointer(start: $0.data, count: $0.data == nil ? 0 : Int($0.size)))
    }
    guard !bytes.isEmpty else { return PolyaTokens() }
    guard let memory = call?.pointee.alloc(call, UInt64(4 * bytes.count), 8) else { return nil }
    let ids = memory.assumingMemoryBound(to: Int32.self)
    for (index, byte) in bytes.enumerated() { ids[index] = Int32(byte) }
    return PolyaTokens(ids: UnsafePointer(ids), count: UInt64(bytes.count))
  }
}

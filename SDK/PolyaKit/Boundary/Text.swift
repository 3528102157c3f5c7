internal import CPolya

extension String {
  /// Copies the text. The host guarantees valid UTF-8; an invalid sequence would become U+FFFD.
  init(_ text: PolyaText) {
    guard let data = text.data, text.size > 0 else {
      self = ""
      return
    }
    let bytes = UnsafeRawBufferPointer(start: data, count: Int(text.size))
    self = String(decoding: bytes, as: UTF8.self)
  }

  /// Lends the text to the closure for the duration of the call.
  func withPolyaText<R>(_ body: (PolyaText) -> R) -> R {
    var copy = self
    return copy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        body(PolyaText(data: $0.baseAddress, size: UInt64($0.count)))
      }
    }
  }
}

extension Array {
  /// Copies borrowed plain values; empty for NULL.
  init(copying base: UnsafePointer<Element>?, count: UInt64) {
    self = base.map { Array(UnsafeBufferPointer(start: $0, count: Int(count))) } ?? []
  }
}

extension PolyaRows {
  /// Copies rows, which are read at the sender's stride.
  func map<Row, R>(_ type: Row.Type, _ transform: (Row) throws -> R) rethrows -> [R] {
    guard let base else { return [] }
    guard Int(stride) < MemoryLayout<Row>.size else {
      return try (0..<Int(count)).map { index in
        try transform(base.advanced(by: index * Int(stride)).assumingMemoryBound(to: Row.self).pointee)
      }
    }
    // The rows of an older host are shorter; missing fields are zero.
    return try withUnsafeTemporaryAllocation(of: Row.self, capacity: 1) { whole in
      let bytes = UnsafeMutableRawBufferPointer(whole)
      return try (0..<Int(count)).map { index in
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.copyMemory(
          from: UnsafeRawBufferPointer(start: base.advanced(by: index * Int(stride)), count: Int(stride)))
        return try transform(whole[0])
      }
    }
  }
}

extension PolyaRowsMut {
  /// Returns row `index`, which the caller fills.
  func row<Row>(_ index: Int, as type: Row.Type) -> UnsafeMutablePointer<Row> {
    base.advanced(by: index * Int(stride)).assumingMemoryBound(to: Row.self)
  }
}

/// The memory of one call, which the host releases as a whole.
struct Arena {
  let call: UnsafePointer<PolyaCall>

  func bytes(_ count: Int, alignment: Int) throws -> UnsafeMutableRawPointer {
    guard let memory = call.pointee.alloc(call, UInt64(count), UInt64(alignment)) else {
      throw Failure(.outOfMemory, "the call's memory limit does not allow \(count) more bytes")
    }
    return memory
  }

  func copy<Element>(_ elements: [Element]) throws -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let size = MemoryLayout<Element>.stride * elements.count
    let memory = try bytes(size, alignment: max(MemoryLayout<Element>.alignment, 8))
    elements.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: size)
    }
    return UnsafePointer(memory.assumingMemoryBound(to: Element.self))
  }

  func text(_ text: String) throws -> PolyaText {
    var text = text
    return try text.withUTF8 { utf8 in
      guard let base = utf8.baseAddress, utf8.count > 0 else { return PolyaText() }
      let memory = try bytes(utf8.count, alignment: 1)
      memory.copyMemory(from: base, byteCount: utf8.count)
      return PolyaText(
        data: UnsafePointer(memory.assumingMemoryBound(to: CChar.self)), size: UInt64(utf8.count))
    }
  }

  func data(_ data: [UInt8]) throws -> PolyaBytes {
    PolyaBytes(data: try copy(data), size: UInt64(data.count))
  }

  func tokens(_ ids: [Int32]) throws -> PolyaTokens {
    PolyaTokens(ids: try copy(ids), count: UInt64(ids.count))
  }

  func rows<Row>(_ rows: [Row]) throws -> PolyaRows {
    PolyaRows(
      base: try copy(rows), count: UInt64(rows.count), stride: UInt32(MemoryLayout<Row>.stride), zero: 0)
  }

  func texts(_ texts: [String]) throws -> PolyaRows {
    try rows(texts.map { try text($0) })
  }

  func heuristics(_ heuristics: [Heuristic]) throws -> PolyaRows {
    try rows(
      heuristics.map {
        PolyaHeuristic(
          id: try text($0.id), family: try text($0.family), title: try text($0.title), idea: try text($0.idea)
        )
      })
  }

  func messages(_ messages: [Message]) throws -> PolyaRows {
    try rows(messages.map { PolyaMessage(role: try text($0.role), content: try text($0.content)) })
  }

  func notes(_ notes: [Note]) throws -> PolyaRows {
    try rows(
      notes.map {
        PolyaNote(
          code: try text($0.code), message: try text($0.message), span: PolyaSpan($0.bytes),
          severity: $0.severity.rawValue, zero: 0)
      })
  }

  func segments(_ segments: [Segment]) throws -> PolyaRows {
    try rows(
      segments.map {
        PolyaSegment(span: PolyaSpan($0.bytes), label: try text($0.label))
      })
  }
}

extension PolyaSpan {
  init(_ bytes: Range<Int>) {
    self.init(begin: UInt64(bytes.lowerBound), end: UInt64(bytes.upperBound))
  }
}

extension Exemplar {
  init(_ exemplar: PolyaExemplar) {
    self.init(
      question: String(exemplar.question), heuristic: String(exemplar.heuristic),
      solution: String(exemplar.solution))
  }
}

extension Message {
  init(_ message: PolyaMessage) { self.init(String(message.role), String(message.content)) }
}

internal import CPolya

/// Copies into the lane what a result points to outside of it: the module's constants.
struct Adoption {
  let lane: Lane
  let frame: CallFrame
  /// The lane had no room.
  private(set) var isFull = false

  init(lane: Lane, frame: CallFrame) {
    self.lane = lane
    self.frame = frame
  }

  mutating func take<Row>(
    _ place: UnsafeMutableRawPointer, _ type: Row.Type, _ body: (inout Adoption, inout Row) -> Void
  ) {
    body(&self, &place.assumingMemoryBound(to: Row.self).pointee)
  }

  /// The same bytes inside the lane.
  private mutating func moved<T>(_ base: UnsafePointer<T>?, _ count: UInt64) -> UnsafePointer<T>? {
    let (size, overflow) = count.multipliedReportingOverflow(by: UInt64(MemoryLayout<T>.stride))
    // A wild size or a crooked pointer stays as it is: the host sees that it is one.
    guard let base, count > 0, !overflow, size <= Received.largest, !lane.holds(base, Int(size)),
      Int(bitPattern: base) & (MemoryLayout<T>.alignment - 1) == 0
    else { return base }
    guard let copy = frame.allocate(Int(size), 8, limited: true) else {
      isFull = true
      return nil
    }
    copy.copyMemory(from: base, byteCount: Int(size))
    return UnsafePointer(copy.assumingMemoryBound(to: T.self))
  }

  mutating func text(_ text: inout PolyaText) { text.data = moved(text.data, text.size) }
  mutating func bytes(_ bytes: inout PolyaBytes) { bytes.data = moved(bytes.data, bytes.size) }
  mutating func tokens(_ tokens: inout PolyaTokens) { tokens.ids = moved(tokens.ids, tokens.count) }

  /// Rows, and what each of them points to.
  mutating func rows<Row: AdoptedRow>(_ rows: inout PolyaRows, _ type: Row.Type) {
    let (size, overflow) = rows.count.multipliedReportingOverflow(by: UInt64(rows.stride))
    guard let base = rows.base, !overflow, size <= Received.largest,
      Int(rows.stride) >= Row.frozenSize, Int(bitPattern: base) & 7 == 0
    else { return }
    // Always into fresh memory: constants cannot be written.
    guard let copy = frame.allocate(Int(size), 8, limited: true) else {
      isFull = true
      return
    }
    copy.copyMemory(from: base, byteCount: Int(size))
    for index in 0..<Int(rows.count) {
      take(copy + index * Int(rows.stride), Row.self) { $1.adopt(&$0) }
    }
    rows.base = UnsafeRawPointer(copy)
  }

  mutating func move(_ move: inout PolyaStrategyMove) {
    text(&move.phase)
    rows(&move.messages, PolyaMessage.self)
    rows(&move.stop, PolyaText.self)
    text(&move.answer)
    bytes(&move.state)
  }

  mutating func judgement(_ judgement: inout PolyaJudgement) {
    rows(&judgement.segments, PolyaSegment.self)
    rows(&judgement.notes, PolyaNote.self)
  }

  mutating func result(_ result: inout PolyaRewardResult, _ componentCount: UInt64) {
    result.components = moved(result.components, componentCount)
    text(&result.extracted)
    rows(&result.notes, PolyaNote.self)
    text(&result.detail_json)
  }

  mutating func info(_ info: inout PolyaTasksInfo) {
    rows(&info.splits, PolyaSplit.self)
    rows(&info.heuristics, PolyaHeuristic.self)
  }

  mutating func task(_ task: inout PolyaTask) {
    text(&task.key)
    text(&task.question)
    text(&task.reference)
    text(&task.reference_kind)
    text(&task.kind)
    text(&task.meta_json)
  }

  mutating func info(_ info: inout PolyaModelInfo) {
    text(&info.name)
    text(&info.family)
    text(&info.device)
    text(&info.dtype)
  }

  mutating func embedding(_ embedding: inout PolyaEmbedding) {
    embedding.values = moved(embedding.values, embedding.count)
  }

  mutating func sample(_ sample: inout PolyaSample) {
    bytes(&sample.text)
    tokens(&sample.tokens)
    sample.logprobs = moved(sample.logprobs, sample.tokens.count)
  }
}

/// A row whose texts must follow it into the lane.
protocol AdoptedRow: FrozenRow {
  mutating func adopt(_ adoption: inout Adoption)
}

extension PolyaText: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) { adoption.text(&self) }
}
extension PolyaMessage: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&role)
    adoption.text(&content)
  }
}
extension PolyaNote: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&code)
    adoption.text(&message)
  }
}
extension PolyaSegment: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) { adoption.text(&label) }
}
extension PolyaHeuristic: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&id)
    adoption.text(&family)
    adoption.text(&title)
    adoption.text(&idea)
  }
}
extension PolyaComponent: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&name)
    adoption.text(&help)
  }
}
extension PolyaSplit: AdoptedRow {
  mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&name)
    adoption.text(&help)
  }
}

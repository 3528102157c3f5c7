internal import CPolya
internal import CPolyaProcess
internal import PolyaCore

/// The call a worker is in: brings its results into the lane, where the host can read them.
///
/// Safety: `finished` may come from any thread of the plugin, but only once and alone for each row; `begin` and
/// `adoptAll` run between calls.
final class WorkerCall: @unchecked Sendable {
  weak var frame: CallFrame?
  private let lane: Lane
  private var function = PluginFunction.score
  private var output = PolyaRowsMut()
  private var marks: UnsafeMutablePointer<UInt8>?
  /// Of a reward's results, from its describe().
  private var componentCount: UInt64 = 0

  init(lane: Lane) { self.lane = lane }

  var stop: PolyaStatus { lane.stop }

  func begin(_ function: PluginFunction, _ output: PolyaRowsMut, marks: UnsafeMutablePointer<UInt8>?) {
    self.function = function
    self.output = output
    self.marks = marks
  }

  /// A row is complete: from now on it outlives this process.
  func finished(_ row: UInt64) {
    guard row < output.count else { return }
    lane.beat()
    guard let marks, !polyaIsMarked(marks + Int(row)) else { return }
    if adopt(row) { polya_mark(marks + Int(row)) }
  }

  private func polyaIsMarked(_ mark: UnsafeMutablePointer<UInt8>) -> Bool { polya_is_marked(mark) != 0 }

  /// Brings over what is not there yet; false: the lane is full.
  func adoptAll() -> Bool {
    (0..<output.count).allSatisfy { row in
      if let marks, polyaIsMarked(marks + Int(row)) { return true }
      return adopt(row)
    }
  }

  private func adopt(_ row: UInt64) -> Bool {
    guard let base = output.base, let frame else { return true }
    let place = base + Int(row) * Int(output.stride)
    var adoption = Adoption(lane: lane, frame: frame)
    switch function {
    case .describeStrategy:
      adoption.take(place, PolyaStrategyInfo.self) { $0.rows(&$1.heuristics, PolyaHeuristic.self) }
    case .next: adoption.take(place, PolyaStrategyMove.self) { $0.move(&$1) }
    case .segment, .judge: adoption.take(place, PolyaJudgement.self) { $0.judgement(&$1) }
    case .describeReward:
      adoption.take(place, PolyaRewardInfo.self) {
        $0.rows(&$1.components, PolyaComponent.self)
        componentCount = $1.components.count
      }
    case .score: adoption.take(place, PolyaRewardResult.self) { $0.result(&$1, componentCount) }
    case .describeTasks: adoption.take(place, PolyaTasksInfo.self) { $0.info(&$1) }
    case .produce: adoption.take(place, PolyaTask.self) { $0.task(&$1) }
    case .demonstrate: adoption.take(place, PolyaDemonstration.self) { $0.text(&$1.solution) }
    case .info: adoption.take(place, PolyaModelInfo.self) { $0.info(&$1) }
    case .encode, .render: adoption.take(place, PolyaTokens.self) { $0.tokens(&$1) }
    case .decode: adoption.take(place, PolyaBytes.self) { $0.bytes(&$1) }
    case .generate: adoption.take(place, PolyaSample.self) { $0.sample(&$1) }
    case .scoreTokens, .forward, .backward, .drop, .step, .save, .load: break
    }
    return !adoption.isFull
  }
}

/// Copies into the lane what a result points to outside of it: the module's constants.
private struct Adoption {
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
    // A wild size stays as it is: the host sees that it points outside the lane.
    guard let base, count > 0, !overflow, size <= Received.largest, !lane.holds(base, Int(size)) else {
      return base
    }
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
      Int(rows.stride) >= Row.frozenSize
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

  mutating func sample(_ sample: inout PolyaSample) {
    bytes(&sample.text)
    tokens(&sample.tokens)
    sample.logprobs = moved(sample.logprobs, sample.tokens.count)
  }
}

/// A row whose texts must follow it into the lane.
private protocol AdoptedRow: FrozenRow {
  mutating func adopt(_ adoption: inout Adoption)
}

extension PolyaText: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) { adoption.text(&self) }
}
extension PolyaMessage: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&role)
    adoption.text(&content)
  }
}
extension PolyaNote: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&code)
    adoption.text(&message)
  }
}
extension PolyaSegment: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) { adoption.text(&label) }
}
extension PolyaHeuristic: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&id)
    adoption.text(&family)
    adoption.text(&title)
    adoption.text(&idea)
  }
}
extension PolyaComponent: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&name)
    adoption.text(&help)
  }
}
extension PolyaSplit: AdoptedRow {
  fileprivate mutating func adopt(_ adoption: inout Adoption) {
    adoption.text(&name)
    adoption.text(&help)
  }
}

internal import CPolya
internal import PolyaContract

extension WorkFunction {
  static func all(of table: PolyaStrategy, _ instance: Instance) -> [WorkFunction] {
    var functions: [WorkFunction] = []
    if let next = table.next {
      functions.append(
        WorkFunction(
          role: .next, inputSize: MemoryLayout<PolyaStrategyItem>.size,
          outputSize: MemoryLayout<PolyaStrategyMove>.size, write: strategyItem,
          invoke: { next(instance.raw, $0, $1, $2) },
          read: { MoveRow.read($1.load(as: PolyaStrategyMove.self), $2).text }))
    }
    if let segment = table.segment {
      functions.append(
        WorkFunction(
          role: .segment, inputSize: MemoryLayout<PolyaAnswerItem>.size,
          outputSize: MemoryLayout<PolyaSegmentation>.size, write: answerItem,
          invoke: { segment(instance.raw, $0, $1, $2) },
          read: { SegmentationRow.read($0, $1.load(as: PolyaSegmentation.self), $2) }))
    }
    return functions
  }

  static func strategyItem(_ input: Input, _ writer: InputWriter) throws -> [UInt8] {
    guard case .turn(let turn) = input else { return [] }
    var item = PolyaStrategyItem()
    item.item_id = turn.id
    item.question = writer.text(turn.question)
    item.heuristic = writer.text(turn.heuristic)
    item.exemplars = writer.rows(
      turn.exemplars.map {
        PolyaExemplar(
          question: writer.text($0.question), heuristic: writer.text($0.heuristic),
          solution: writer.text($0.solution))
      })
    item.transcript = writer.messages(turn.transcript)
    item.state = writer.bytes(turn.state)
    item.metadata_json = writer.text(turn.metadata)
    item.reference = writer.text(turn.reference)
    item.turn = turn.turn
    try writer.fill(&item, .strategyItem, turn.further)
    return blob(item)
  }

  private static func answerItem(_ input: Input, _ writer: InputWriter) -> [UInt8] {
    guard case .labeled(let question, let heuristic, let answer) = input else { return [] }
    var item = PolyaAnswerItem()
    item.item_id = 1
    item.question = writer.text(question)
    item.heuristic = writer.text(heuristic)
    item.answer = writer.text(answer)
    return blob(item)
  }
}

/// A strategy's move that was read.
struct MoveRow: Sendable {
  var text = ""
  var action: UInt32 = 0
  var messages: [DialogMessage] = []
  var state: [UInt8] = []

  var asks: Bool { action == UInt32(POLYA_MOVE_ASK) }

  static func read(_ row: PolyaStrategyMove, _ reader: ResultReader) -> MoveRow {
    var move = MoveRow()
    reader.textRule = "strategy.moves"
    move.action = row.action
    let messages = reader.rows(row.messages, PolyaMessage.self, "the messages").map {
      (reader.text($0.role, "a role"), reader.text($0.content, "a message"))
    }
    move.messages = messages.map { DialogMessage(role: Array($0.utf8), content: Array($1.utf8)) }
    let stops = reader.rows(row.stop, PolyaText.self, "the stop strings").map {
      reader.text($0, "a stop string")
    }
    if row.state.size > 0 { reader.saw(.state) }
    if row.state.size > 1 << 20 {
      reader.fault("strategy.state", "the state has \(row.state.size) bytes, but the limit is 1 MiB")
    } else {
      move.state = reader.bytes(UInt(bitPattern: row.state.data), row.state.size, "the state")
    }
    switch row.action {
    case UInt32(POLYA_MOVE_ASK):
      if messages.isEmpty { reader.fault("strategy.moves", "a move asks without messages") }
      if !messages.isEmpty { reader.saw(.ask) }
      for (role, _) in messages where !["system", "user", "assistant", "tool"].contains(role) {
        reader.fault("strategy.moves", "a message has the role '\(role)'")
      }
    case UInt32(POLYA_MOVE_ANSWER), UInt32(POLYA_MOVE_GIVE_UP), UInt32(POLYA_MOVE_CHECK): break
    default: reader.fault("strategy.moves", "the action \(row.action) is unknown")
    }
    let answer = reader.text(row.answer, "the answer")
    let phase = reader.text(row.phase, "the phase")
    move.text =
      "\(row.action) \(phase) \(messages) \(stops) \(row.max_tokens) \(row.temperature) "
      + "'\(answer)' \(move.state)"
    return move
  }
}

/// The segments of an answer that were read.
enum SegmentationRow {
  static func read(_ input: Input, _ row: PolyaSegmentation, _ reader: ResultReader) -> String {
    guard case .labeled(_, _, let answer) = input else { return "" }
    reader.textRule = "strategy.segments"
    var end: UInt64 = 0
    let segments = reader.rows(row.segments, PolyaSegment.self, "the segments").map { segment in
      let span = segment.span
      if span.begin < end {
        reader.fault("strategy.segments", "a segment starts at \(span.begin), before \(end)")
      }
      if !Spans.isInside(span, answer) {
        reader.fault(
          "strategy.segments",
          "a segment has the byte range \(span.begin)..<\(span.end) in an answer of \(answer.count) bytes, "
            + "which is outside or splits a code point")
      }
      reader.saw(.segment)
      end = span.end
      return "\(span.begin)..<\(span.end) \(reader.text(segment.label, "a label"))"
    }
    return "\(segments)"
  }
}

extension Instance {
  /// Returns one move with everything that the next turn needs.
  func move(_ turn: DialogTurn) throws -> (status: Int32, move: MoveRow, faults: [Fault]) {
    var read = MoveRow()
    var faults: [Fault] = []
    let function = try function(.next)
    let keeping = WorkFunction(
      role: .next, inputSize: function.inputSize, outputSize: function.outputSize, write: function.write,
      invoke: function.invoke,
      read: {
        read = MoveRow.read($1.load(as: PolyaStrategyMove.self), $2)
        return read.text
      })
    let result = try call(keeping, [.turn(turn)])
    faults = result.faults
    return (result.status != 0 ? result.status : result.statuses[0], read, faults)
  }
}

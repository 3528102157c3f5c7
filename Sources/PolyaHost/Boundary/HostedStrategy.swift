internal import CPolya
internal import PolyaCore

/// A strategy plugin behind the host's own role.
final class HostedStrategy: Strategy {
  let heuristics: [Heuristic]
  private let instance: PluginInstance
  private let table: PolyaStrategy

  private static let largestState: UInt64 = 1 << 20

  var id: String { instance.description.id }

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    table = try instance.table(as: PolyaStrategy.self)
    let describe = try instance.required(table.describe, "describe")
    _ = try instance.required(table.next, "next")
    instance.frame.begin(seed: 0)
    var info = PolyaStrategyInfo()
    info.struct_size = UInt32(MemoryLayout<PolyaStrategyInfo>.size)
    heuristics = try instance.call("describe") { call in
      let status = describe(instance.raw, call, &info)
      return (status, { try Heuristic.list(info.heuristics) })
    }
    guard !heuristics.isEmpty else { throw instance.misbehaved("it offers no heuristic") }
  }

  func next(_ turns: [StrategyTurn], seed: UInt64) throws -> [Result<StrategyMove, PolyaError>] {
    let next = try instance.required(table.next, "next")
    let frame = instance.frame
    frame.begin(seed: seed)
    let items = frame.rows(turns.map { item($0, frame) })
    let output = frame.output(turns.count, of: PolyaStrategyMove.self)
    return try instance.call("next") { call in
      let status = next(instance.raw, call, items, output.rows)
      return (
        status,
        { [self] in
          let moves = (0..<output.count).map { output[$0] }
          let reasons = instance.reasons(of: moves.map(\.status))
          return try zip(moves, reasons).map { row, reason in
            guard row.status == PolyaStatus(POLYA_OK) else {
              return .failure(PolyaError(.plugin, "'\(instance.name)' fails on a row: \(reason)"))
            }
            return .success(try move(row))
          }
        }
      )
    }
  }

  private func item(_ turn: StrategyTurn, _ frame: CallFrame) -> PolyaStrategyItem {
    var item = PolyaStrategyItem()
    item.item_id = turn.id
    item.question = frame.text(turn.task.question)
    item.heuristic = frame.text(turn.heuristic)
    item.exemplars = frame.rows(
      turn.exemplars.map {
        PolyaExemplar(
          question: frame.text($0.question), heuristic: frame.text($0.heuristic),
          solution: frame.text($0.solution))
      })
    item.transcript = frame.rows(
      turn.transcript.map { PolyaMessage(role: frame.text($0.role), content: frame.text($0.content)) })
    item.state = frame.bytes(turn.state)
    item.meta_json = frame.text(turn.task.metaJSON)
    item.turn = UInt32(turn.turn)
    return item
  }

  private func move(_ row: PolyaStrategyMove) throws -> StrategyMove {
    switch Int(row.action) {
    case Int(POLYA_MOVE_ASK):
      guard row.state.size <= Self.largestState else {
        throw Misbehaviour("a state has \(row.state.size) bytes")
      }
      let messages = try Received.rows(row.messages, PolyaMessage.self, "the messages") {
        Message(
          role: try Received.text($0.role, "a role"), content: try Received.text($0.content, "a message"))
      }
      guard !messages.isEmpty else { throw Misbehaviour("a move asks without a message") }
      return .ask(
        StrategyMove.Ask(
          messages: messages, phase: try Received.text(row.phase, "a phase"),
          stop: try Received.rows(row.stop, PolyaText.self, "the stop strings") {
            try Received.text($0, "a stop string")
          },
          maxTokens: row.max_tokens == 0 ? nil : Int(row.max_tokens),
          temperature: row.temperature < 0 ? nil : row.temperature,
          state: try Received.bytes(row.state, "the state")))
    case Int(POLYA_MOVE_ANSWER): return .answer(try Received.text(row.answer, "an answer"))
    case Int(POLYA_MOVE_GIVE_UP): return .giveUp
    default: throw Misbehaviour("a row has the unknown action \(row.action)")
    }
  }
}

extension Heuristic {
  static func list(_ rows: PolyaRows) throws -> [Heuristic] {
    let heuristics = try Received.rows(rows, PolyaHeuristic.self, "the heuristics") {
      Heuristic(
        id: try Received.text($0.id, "a heuristic's id"), family: try Received.text($0.family, "a family"),
        title: try Received.text($0.title, "a title"), idea: try Received.text($0.idea, "an idea"))
    }
    let ids = heuristics.map(\.id)
    guard Set(ids).count == ids.count, !ids.contains("") else {
      throw Misbehaviour("the ids of its heuristics are not unique: \(ids.joined(separator: ", "))")
    }
    return heuristics
  }
}

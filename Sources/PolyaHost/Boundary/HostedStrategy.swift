internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Adapts a strategy plugin to the host's role.
final class HostedStrategy: Strategy {
  let heuristics: [Heuristic]
  private let instance: PluginInstance

  private static let largestState: UInt64 = 1 << 20

  var id: String { instance.description.id }

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    try instance.require(.describeStrategy, .next)
    heuristics = try instance.call(.describeStrategy) { frame in
      let place = frame.output(1, of: PolyaStrategyInfo.self)
      place.base.pointee.struct_size = UInt32(MemoryLayout<PolyaStrategyInfo>.size)
      return CallRows(output: place.rows)
    } _: { rows in
      try Heuristic.list(rows.output.first(PolyaStrategyInfo.self).heuristics, instance.received)
    }
    guard !heuristics.isEmpty else { throw instance.misbehaved("it has no heuristics") }
  }

  func next(_ turns: [StrategyTurn], seed: UInt64) throws -> [Result<StrategyMove, PolyaError>] {
    try nextCall(Self.item).run(turns, on: instance, seed: seed)
  }

  private func nextCall<Item>(_ input: @escaping (Item, CallFrame) throws -> PolyaStrategyItem) -> RowCall<
    Item, PolyaStrategyItem, PolyaStrategyMove, Result<StrategyMove, PolyaError>
  > {
    RowCall(
      function: .next, layout: .strategyItem, input: input, read: { try self.outcome($0, $2) },
      lost: { cause, _ in .failure(self.failure("it \(cause)")) })
  }

  private func failure(_ reason: String) -> PolyaError {
    PolyaError(.plugin, "'\(instance.name)' failed on a row: \(reason)")
  }

  func labels(of answers: [ShownAnswer], seed: UInt64) throws -> [Result<[String], PolyaError>]? {
    guard instance.has(.segment) else { return nil }
    let call = segmentCall(Self.item) { $0.text.utf8.count }
    var labels: [Result<[String], PolyaError>] = []
    for start in stride(from: 0, to: answers.count, by: Self.largestBatch) {
      let batch = answers[start..<min(start + Self.largestBatch, answers.count)]
      let found = try call.run(Array(batch), on: instance, seed: seed)
      guard !found.contains(where: { $0 == nil }) else { return nil }
      labels += found.compactMap { $0 }
    }
    return labels
  }

  /// Returns the call for items of a type. A nil result means that this instance does not label answers.
  private func segmentCall<Item>(
    _ input: @escaping (Item, CallFrame) throws -> PolyaAnswerItem, size: @escaping (Item) -> Int
  ) -> RowCall<Item, PolyaAnswerItem, PolyaSegmentation, Result<[String], PolyaError>?> {
    RowCall(
      function: .segment, layout: .answerItem, input: input,
      read: { row, item, reason in
        switch row.status {
        case PolyaStatus(POLYA_OK): return .success(try self.labels(row, size: UInt64(size(item))))
        case PolyaStatus(POLYA_UNSUPPORTED): return nil
        default: return .failure(self.failure(reason))
        }
      },
      lost: { cause, _ in .failure(self.failure("it \(cause)")) })
  }

  private static let largestBatch = 256

  private static func item(_ answer: ShownAnswer, _ frame: CallFrame) -> PolyaAnswerItem {
    var item = PolyaAnswerItem()
    item.item_id = answer.id
    item.question = frame.text(answer.question)
    item.heuristic = frame.text(answer.heuristic)
    item.answer = frame.text(answer.text)
    return item
  }

  /// Checks that the segments are ordered, disjoint, and inside the answer, as the contract requires, and
  /// returns their labels.
  private func labels(_ row: PolyaSegmentation, size: UInt64) throws -> [String] {
    let received = instance.received
    var end: UInt64 = 0
    return try received.rows(row.segments, PolyaSegment.self, "the segments") { segment in
      guard segment.span.begin >= end, segment.span.begin <= segment.span.end else {
        throw Misbehavior(
          "the segment \(segment.span.begin)..<\(segment.span.end) begins before byte \(end) or has a negative length"
        )
      }
      guard segment.span.end <= size else {
        throw Misbehavior("a segment ends at byte \(segment.span.end), but the answer has only \(size) bytes")
      }
      end = segment.span.end
      return try received.text(segment.label, "a label")
    }
  }

  private static func item(_ turn: StrategyTurn, _ frame: CallFrame) -> PolyaStrategyItem {
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
    item.metadata_json = frame.text(turn.task.metadataJSON)
    item.turn = UInt32(turn.turn)
    item.reference = frame.text(turn.reference ?? "")
    return item
  }

  private func outcome(_ row: PolyaStrategyMove, _ reason: String) throws -> Result<StrategyMove, PolyaError>
  {
    guard row.status == PolyaStatus(POLYA_OK) else { return .failure(failure(reason)) }
    return .success(try move(row))
  }

  private func move(_ row: PolyaStrategyMove) throws -> StrategyMove {
    let received = instance.received
    guard row.state.size <= Self.largestState else {
      throw Misbehavior("a state of \(row.state.size) bytes is too large")
    }
    switch Int(row.action) {
    case Int(POLYA_MOVE_ASK):
      let messages = try received.rows(row.messages, PolyaMessage.self, "the messages") {
        Message(
          role: try received.text($0.role, "a role"), content: try received.text($0.content, "a message"))
      }
      guard !messages.isEmpty else { throw Misbehavior("a move asks without messages") }
      guard row.temperature.isFinite else { throw Misbehavior("a temperature is \(row.temperature)") }
      return .ask(
        StrategyMove.Ask(
          messages: messages, phase: try received.text(row.phase, "a phase"),
          stop: try received.rows(row.stop, PolyaText.self, "the stop strings") {
            try received.text($0, "a stop string")
          },
          maxTokens: row.max_tokens == 0 ? nil : Int(row.max_tokens),
          temperature: row.temperature < 0 ? nil : row.temperature,
          state: try received.bytes(row.state, "the state")))
    case Int(POLYA_MOVE_ANSWER): return .answer(try received.text(row.answer, "an answer"))
    case Int(POLYA_MOVE_CHECK):
      return .check(
        StrategyMove.Trial(
          answer: try received.text(row.answer, "an answer"),
          state: try received.bytes(row.state, "the state")))
    case Int(POLYA_MOVE_GIVE_UP): return .giveUp
    default: throw Misbehavior("a row has the unknown action \(row.action)")
    }
  }
}

extension HostedStrategy: Replaying {
  func replay(_ function: PluginFunction, _ rows: [JSON], seed: UInt64) throws -> [Result<String, PolyaError>]
  {
    guard function == .segment else {
      return try nextCall { json, frame in try frame.row(json, .strategyItem) }
        .run(rows, on: instance, seed: seed).map { $0.map { "\($0)" } }
    }
    let call = segmentCall { json, frame in
      try frame.row(json, .answerItem)
    } size: {
      $0["answer"]?.string?.utf8.count ?? 0
    }
    return try call.run(rows, on: instance, seed: seed).map { labels in
      (labels ?? .success(["(the strategy does not label answers)"])).map { $0.joined(separator: ", ") }
    }
  }
}

extension Heuristic {
  static func list(_ rows: PolyaRows, _ received: Received) throws -> [Heuristic] {
    let heuristics = try received.rows(rows, PolyaHeuristic.self, "the heuristics") {
      Heuristic(
        id: try received.text($0.id, "a heuristic's id"), family: try received.text($0.family, "a family"),
        title: try received.text($0.title, "a title"), idea: try received.text($0.idea, "an idea"))
    }
    let ids = heuristics.map(\.id)
    guard Set(ids).count == ids.count, !ids.contains("") else {
      throw Misbehavior("its heuristic ids are not unique: \(ids.joined(separator: ", "))")
    }
    return heuristics
  }
}

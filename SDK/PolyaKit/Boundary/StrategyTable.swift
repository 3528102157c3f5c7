internal import CPolya

/// The C tables of ``Strategy``. The type's other conformances determine which table it gets.
enum StrategyTable {
  static func pointer(for type: any Strategy.Type) -> UnsafeRawPointer {
    if type is any SegmentingStrategy.Type { return segmenting }
    return plain
  }

  // Safety: Written once before they are visible to others, and constant afterwards.
  private nonisolated(unsafe) static let plain = permanent(table())
  private nonisolated(unsafe) static let segmenting = permanent(table(segment: segment))

  private typealias Rows =
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut
    ) -> PolyaStatus

  private static func table(segment: Rows? = nil) -> PolyaStrategy {
    PolyaStrategy(
      struct_size: tableSize(of: PolyaStrategy.self), zero: 0, describe: describe, next: next,
      segment: segment)
  }

  private static let describe:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeMutablePointer<PolyaStrategyInfo>?
    ) -> PolyaStatus = { instance, call, out in
      serve(instance, call, as: { $0.strategy }) { strategy, scope in
        guard let out else { throw Failure(.badArgument, "'describe' was called without an output") }
        out.pointee.heuristics = try scope.arena.heuristics(strategy.heuristics)
      }
    }

  private static let next: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.strategy }) { strategy, scope in
      let items = input.map(PolyaStrategyItem.self) { StrategyItem($0) }
      for (index, item) in items.enumerated() {
        try scope.call.checkStop()
        let row = output.row(index, as: PolyaStrategyMove.self)
        do {
          try fill(row, try strategy.next(item, scope.call), scope.arena)
        } catch {
          row.pointee.status = try rowStatus(error, scope)
        }
        scope.call.finished(index)
      }
    }
  }

  private static let segment: Rows = { instance, call, input, output in
    serve(instance, call, as: { $0.segmenting }) { strategy, scope in
      try eachAnswer(input, output, scope) { item, row in
        row.pointee.segments = try scope.arena.segments(try strategy.segments(item, scope.call))
      }
    }
  }

  private static func eachAnswer(
    _ input: PolyaRows, _ output: PolyaRowsMut, _ scope: Scope,
    _ body: (AnswerItem, UnsafeMutablePointer<PolyaSegmentation>) throws -> Void
  ) throws {
    let items = input.map(PolyaAnswerItem.self) { AnswerItem($0) }
    for (index, item) in items.enumerated() {
      try scope.call.checkStop()
      let row = output.row(index, as: PolyaSegmentation.self)
      do { try body(item, row) } catch { row.pointee.status = try rowStatus(error, scope) }
      scope.call.finished(index)
    }
  }

  private static func fill(_ row: UnsafeMutablePointer<PolyaStrategyMove>, _ move: Move, _ arena: Arena)
    throws
  {
    row.pointee.temperature = -1
    switch move {
    case .ask(let ask):
      row.pointee.messages = try arena.messages(ask.messages)
      row.pointee.phase = try arena.text(ask.phase)
      row.pointee.stop = try arena.texts(ask.stop)
      row.pointee.max_tokens = UInt32(ask.maxTokens ?? 0)
      row.pointee.temperature = ask.temperature ?? -1
      row.pointee.state = try arena.data(ask.state)
      row.pointee.action = UInt32(POLYA_MOVE_ASK)
    case .answer(let answer):
      row.pointee.answer = try arena.text(answer)
      row.pointee.action = UInt32(POLYA_MOVE_ANSWER)
    case .check(let trial):
      row.pointee.answer = try arena.text(trial.answer)
      row.pointee.state = try arena.data(trial.state)
      row.pointee.action = UInt32(POLYA_MOVE_CHECK)
    case .giveUp:
      row.pointee.action = UInt32(POLYA_MOVE_GIVE_UP)
    }
  }
}

/// Rules about strategies: pure moves, dialogs that end, and valid segments.
enum StrategyRules {
  static let all = [
    Faults.check("strategy.describe", .must, "It offers heuristics, each with a unique id.", .strategy, []),
    Faults.check(
      "strategy.moves", .must, "A move asks with messages, answers, or gives up.", .strategy, [.next],
      needs: [.ask]),
    RuleCheck("strategy.state", .must, "The state of a move has at most 1 MiB.", .strategy, needs: [.state]) {
      bench in
      _ = try dialogs(bench) { moves in
        for fault in moves.flatMap(\.faults) where fault.rule == "strategy.state" {
          throw Violation(fault.message)
        }
      }
      return nil
    },
    RuleCheck("strategy.ends", .must, "With any replies, a dialog ends within 64 turns.", .strategy) {
      bench in
      _ = try dialogs(bench) { moves in
        try require(moves.last?.move.asks == false, "it still asks after \(moves.count) turns")
      }
      return nil
    },
    RuleCheck(
      "strategy.pure", .must, "A move depends on its item alone: a fresh instance goes on where another was.",
      .strategy
    ) {
      bench in
      let other = try bench.instance()
      let next = try other.function(.next)
      _ = try bench.stable(other, next, try bench.plain(next, other))
      _ = try dialogs(bench) { moves in
        for move in moves where move.move.text.utf8.count < 1 << 16 {
          let fresh = try bench.instance().move(move.turn)
          try require(
            fresh.move.text == move.move.text && fresh.status == move.status,
            "turn \(move.turn.turn) is \(move.move.text.prefix(100)), but \(fresh.move.text.prefix(100)) in a new instance"
          )
        }
      }
      return nil
    },
    Faults.check(
      "strategy.segments", .must, "Segments are ordered, disjoint, and cut no code point.", .strategy,
      [.segment], needs: [.segment]),
  ]

  private struct Step {
    var turn: DialogTurn
    var status: Int32
    var move: MoveRow
    var faults: [Fault]
  }

  /// Runs a dialog for each heuristic with canned replies, and one for each of the author's rows with its
  /// replies.
  private static func dialogs(_ bench: Bench, _ check: ([Step]) throws -> Void) throws -> Int {
    let instance = try bench.instance()
    let heuristics = try instance.facts().heuristics
    for heuristic in heuristics.prefix(8) {
      let turn = DialogTurn(
        id: 9, question: Array("Tom has 3 apples and buys 4 more. How many has he?".utf8),
        heuristic: Array(heuristic.utf8))
      try check(try dialog(instance, turn, []))
    }
    for (index, row) in (try bench.rows()?.rows ?? []).enumerated() {
      guard case .dialog(var turn, let replies, _) = row.content else { continue }
      turn.id = UInt64(index) + 100
      if turn.heuristic.isEmpty { turn.heuristic = Array((heuristics.first ?? "").utf8) }
      try check(try dialog(instance, turn, replies))
    }
    return heuristics.count
  }

  private static func dialog(_ instance: Instance, _ start: DialogTurn, _ replies: [[UInt8]]) throws -> [Step]
  {
    var turn = start
    var steps: [Step] = []
    while steps.count < 64 {
      let (status, move, faults) = try instance.move(turn)
      steps.append(Step(turn: turn, status: status, move: move, faults: faults))
      guard status == 0, move.asks else { break }
      let canned = Array("Step \(turn.turn): the answer is 7.".utf8)
      let reply = steps.count <= replies.count ? replies[steps.count - 1] : canned
      turn.transcript += move.messages + [DialogMessage(role: Array("assistant".utf8), content: reply)]
      turn.state = move.state
      turn.turn += 1
    }
    return steps
  }
}

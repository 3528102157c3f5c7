extension World {
  /// What a narrow model does on the bare question.
  ///
  /// It calculates forwards along the story, which is right where the story starts from what is known. Where the
  /// start itself is asked for it guesses one and follows the story from there, which is nearly always wrong.
  /// With probability ``leak`` it takes the fitting approach on such questions instead.
  public func habit(_ problem: Problem, seed: UInt64 = 0) -> String {
    var draw = Draw(keys: fnv1a(problem.id), fnv1a("habit"), seed)
    if draw.chance(leak), let fitting = problem.kind.fittingWhereHabitFails,
      let solution = demonstrate(problem, heuristic: fitting, seed: seed)
    {
      return solution
    }
    var scratch = scratch(for: problem, "by habit", seed)
    let answer = scratch.habit(problem.facts, &draw)
    return scratch.finished(answer: answer)
  }
}

extension Kind {
  /// The approach that opens the kind for somebody who only knows how to go forwards; nil where that is enough.
  var fittingWhereHabitFails: Heuristic? {
    switch self {
    case .start, .packed: .workingBackwards
    case .pair: .auxiliaryElements
    case .chain, .compare, .share, .rate: nil
    }
  }
}

extension Scratch {
  fileprivate mutating func habit(_ facts: Facts, _ draw: inout Draw) -> Int {
    switch facts {
    case .chain(let start, let changes), .compare(let start, let changes):
      return apply(changes, to: start)
    case .share(let total, let among, let changes):
      return apply(changes, to: work(total, .over, among))
    case .rate(let boxes, let each, let changes):
      return apply(changes, to: work(boxes, .times, each))
    case .start(_, let changes), .packed(_, _, let changes):
      let guess = draw.within(guesses(before: changes, upTo: numbers.first.upperBound))
      begin("Guess \(guess):")
      _ = apply(changes, to: guess)
      return guess
    case .pair(_, let difference, let changes):
      let guess = draw.within(guesses(before: changes, upTo: numbers.smaller.upperBound))
      begin("Guess \(guess):")
      work(guess, .plus, difference)
      return apply(changes, to: guess)
    }
  }

  /// Starts from which the story never falls below the least amount.
  private func guesses(before changes: [Int], upTo highest: Int) -> ClosedRange<Int> {
    var running = 0
    var lowest = 0
    for change in changes {
      running += change
      lowest = min(lowest, running)
    }
    let least = max(numbers.round, numbers.amounts.lowerBound - lowest)
    return least...max(least, highest)
  }
}

extension Scratch {
  /// Forwards, every step with its reason.
  mutating func stepByStep(_ problem: Problem) -> Int? {
    switch problem.facts {
    case .chain(let start, let changes):
      return explain(changes, from: start)
    case .compare(let first, let changes):
      var amount = first
      for (name, change) in zip(problem.others, changes) {
        begin("\(name):")
        amount = apply(change, to: amount)
      }
      return amount
    case .share(let total, let among, let changes):
      begin("Each friend:")
      return explain(changes, from: work(total, .over, among))
    case .rate(let boxes, let each, let changes):
      begin("In boxes:")
      return explain(changes, from: work(boxes, .times, each))
    case .start, .pair, .packed:
      return nil
    }
  }

  private mutating func explain(_ changes: [Int], from start: Int) -> Int {
    changes.reduce(start) { amount, change in
      begin(change > 0 ? "Gain \(change):" : "Loss \(-change):")
      return apply(change, to: amount)
    }
  }
}

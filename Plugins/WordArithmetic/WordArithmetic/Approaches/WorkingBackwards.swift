extension Scratch {
  /// From the end to the start by inverse operations.
  mutating func workingBackwards(_ facts: Facts) -> Int? {
    switch facts {
    case .start(let end, let changes):
      begin("Back:")
      return undo(changes, from: end)
    case .packed(let boxes, let each, let changes):
      begin("Back:")
      return undo(changes, from: work(boxes, .times, each))
    case .chain, .compare, .share, .rate, .pair:
      return nil
    }
  }

  private mutating func undo(_ changes: [Int], from end: Int) -> Int {
    apply(changes.reversed().map { -$0 }, to: end)
  }
}

/// A regular expression as steps of a backtracking matcher.
///
/// A repeated set is one step, so that the memory for going back does not grow with the text.
struct SplitProgram: Equatable {
  enum Step: Equatable {
    case one(ScalarSet)
    /// As many as there are; fewer when the rest does not match otherwise, unless it keeps what it has.
    case run(ScalarSet, least: Int, most: Int, keeps: Bool)
    /// Goes on with the next step, or else with another one.
    case either(or: Int)
    case jump(Int)
    /// Looks whether the steps from the next one to the matching `done` match here; goes on at `then`.
    case ahead(negated: Bool, then: Int)
    case done
  }

  private let steps: [Step]

  /// A place to go back to: every end from `at` down to `lowest` is to be tried.
  private struct Choice {
    let step, at, lowest: Int
  }

  init(_ steps: [Step]) { self.steps = steps }

  /// Whether it matches an empty text, between any two characters.
  var matchesNothing: Bool { match(ClassifiedText([]), 0, 0, 0) != nil }

  /// End of the match that begins at `start`, or of the text before the next one.
  func segment(_ text: ClassifiedText, from start: Int, to end: Int) -> (end: Int, isMatch: Bool) {
    var at = start
    while at < end {
      if let match = match(text, 0, at, end), match > at { return at == start ? (match, true) : (at, false) }
      at = text.scalar(at: at).end
    }
    return (end, false)
  }

  private func match(_ text: ClassifiedText, _ first: Int, _ start: Int, _ end: Int) -> Int? {
    var choices: [Choice] = []
    var step = first
    var at = start
    while true {
      if steps[step] == .done { return at }
      if let next = advance(text, step, at, end, &choices) {
        (step, at) = next
        continue
      }
      guard let choice = choices.popLast() else { return nil }
      (step, at) = (choice.step, choice.at)
      if at > choice.lowest {
        choices.append(Choice(step: step, at: text.start(before: at), lowest: choice.lowest))
      }
    }
  }

  /// The next step and place; nil when this one does not match.
  private func advance(
    _ text: ClassifiedText, _ step: Int, _ at: Int, _ end: Int, _ choices: inout [Choice]
  ) -> (step: Int, at: Int)? {
    switch steps[step] {
    case .one(let set):
      guard at < end else { return nil }
      let (scalar, next) = text.scalar(at: at)
      return set.contains(scalar) ? (step + 1, next) : nil
    case .run(let set, let least, let most, let keeps):
      var (last, lowest, count) = (at, at, 0)
      while count < most, last < end {
        let (scalar, next) = text.scalar(at: last)
        guard set.contains(scalar) else { break }
        last = next
        count += 1
        if count == least { lowest = last }
      }
      guard count >= least else { return nil }
      if !keeps, last > lowest {
        choices.append(Choice(step: step + 1, at: text.start(before: last), lowest: lowest))
      }
      return (step + 1, last)
    case .either(let other):
      choices.append(Choice(step: other, at: at, lowest: at))
      return (step + 1, at)
    case .jump(let target): return (target, at)
    case .ahead(let negated, let then):
      return (match(text, step + 1, at, end) != nil) != negated ? (then, at) : nil
    case .done: return nil
    }
  }
}

extension World {
  /// A worked solution by the given approach, with its answer in the last line as `#### n`.
  ///
  /// Without ``slips`` every equation in it is true and the answer is right, except for ``Heuristic/plain``,
  /// which is ``habit(_:seed:)``.
  /// - Parameter seed: decides slips and leaks; the steps do not depend on it.
  /// - Returns: nil where the approach makes no sense for the kind or the size of the problem.
  public func demonstrate(_ problem: Problem, heuristic: Heuristic, seed: UInt64 = 0) -> String? {
    if heuristic == .plain { return habit(problem, seed: seed) }
    var scratch = scratch(for: problem, "by " + heuristic.rawValue, seed)
    let answer: Int? =
      switch heuristic {
      case .analogy: scratch.analogy(problem.facts)
      case .workingBackwards: scratch.workingBackwards(problem.facts)
      case .decomposing: scratch.decomposing(problem.facts)
      case .auxiliaryElements: scratch.auxiliaryElements(problem.facts)
      case .stepByStep: scratch.stepByStep(problem)
      case .brightIdea: scratch.brightIdea(problem.facts)
      case .specialization: scratch.specialization(problem.facts)
      case .settingUpEquations: scratch.settingUpEquations(problem.facts)
      case .plain: nil
      }
    return answer.map { scratch.finished(answer: $0) }
  }

  func scratch(for problem: Problem, _ purpose: String, _ seed: UInt64) -> Scratch {
    Scratch(numbers: numbers, slips: slips, draw: Draw(keys: fnv1a(problem.id), fnv1a(purpose), seed))
  }
}

package import PolyaCore
package import PolyaRecords

/// Turns worked demonstrations of a task source into a corpus for training a small base model.
///
/// A share of the examples pairs the bare question with one fixed heuristic (a habit). The others pair a
/// strategy's prompt with a solution by its heuristic, so that the base model can be prompted.
package struct Demonstrating {
  /// A fixed way of answering the bare question.
  package struct Habit: Sendable, Equatable {
    /// The id of one of the source's heuristics.
    package var heuristic: String
    /// The share of all examples, 0...1.
    package var share: Double

    /// Creates a habit.
    package init(heuristic: String, share: Double) {
      self.heuristic = heuristic
      self.share = share
    }
  }

  /// A range of examples, with the failures while making them.
  package struct Part: Sendable {
    /// The examples, without those that no heuristic fits or whose prompt failed.
    package internal(set) var records: [TrainingRecord] = []
    /// The number of requested demonstrations and prompts.
    package internal(set) var asked = 0
    /// The reasons for missing examples.
    package internal(set) var failures: [PolyaError] = []
  }

  private let source: any TaskSource
  private let strategy: any Strategy
  private let heuristics: [String]
  private let habit: Habit?
  private let template: PromptTemplate
  private let random: Randomness

  /// Creates a corpus.
  ///
  /// - Parameter heuristics: The heuristics to use; those that the strategy does not know are dropped. If
  ///   nil, all that both the source and the strategy know.
  /// - Throws: `configuration` if the source does not know a heuristic, or if the strategy knows none of
  ///   them.
  package init(
    source: any TaskSource, strategy: any Strategy, heuristics: [String]?, habit: Habit?,
    template: PromptTemplate,
    random: Randomness
  ) throws {
    self.source = source
    self.strategy = strategy
    self.habit = habit
    self.template = template
    self.random = random
    let demonstrable = source.heuristics.map(\.id)
    let promptable = strategy.heuristics.map(\.id)
    for name in (heuristics ?? []) + (habit.map { [$0.heuristic] } ?? []) where !demonstrable.contains(name) {
      throw PolyaError(
        .configuration, "the task source cannot demonstrate '\(name)'",
        hint: Suggestion.hint(for: name, among: demonstrable))
    }
    self.heuristics = (heuristics ?? demonstrable).filter { promptable.contains($0) }
    guard !self.heuristics.isEmpty else {
      throw PolyaError(.configuration, "the strategy knows none of \(demonstrable.joined(separator: ", "))")
    }
  }

  /// Returns the examples whose numbers are in `range`. Each depends only on its number.
  ///
  /// - Parameter id: Returns the record id for a number.
  package func records(_ range: Range<Int>, of tasks: [Task], id: (Int) -> String) throws -> Part {
    var part = Part()
    let choices = range.map { choice(for: $0) }
    var solved: [(heuristic: String, solution: String)?] = Array(repeating: nil, count: range.count)
    var round = 0
    while true {
      let open = choices.indices.filter { solved[$0] == nil && round < choices[$0].count }
      guard !open.isEmpty else { break }
      let requests = try open.map { offset in
        let number = range.lowerBound + offset
        guard let place = tasks[number % tasks.count].place else {
          throw PolyaError(
            .configuration, "tasks from a file cannot be demonstrated", hint: "use a tasks plugin")
        }
        return DemonstrationRequest(place: place, heuristic: choices[offset][round], id: UInt64(number))
      }
      part.asked += requests.count
      for (offset, outcome) in zip(open, try source.demonstrate(requests)) {
        switch outcome {
        case .success(let solution?): solved[offset] = (choices[offset][round], solution)
        case .success(nil): break
        case .failure(let error): part.failures.append(error)
        }
      }
      round += 1
    }
    try assemble(range, tasks, solved, id, &part)
    return part
  }

  /// Returns the heuristics to try for an example, in order, since one may not fit the task.
  private func choice(for number: Int) -> [String] {
    let random = random.stream(UInt64(number))
    if let habit, random.unit(0) < habit.share { return [habit.heuristic] }
    return random.stream("heuristic").permutation(heuristics.count).map { heuristics[$0] }
  }

  private func assemble(
    _ range: Range<Int>, _ tasks: [Task], _ solved: [(heuristic: String, solution: String)?],
    _ id: (Int) -> String, _ part: inout Part
  ) throws {
    let turns = zip(range, solved).compactMap { number, solution in
      solution.map {
        StrategyTurn(id: UInt64(number), task: tasks[number % tasks.count], heuristic: $0.heuristic)
      }
    }
    let prompted = turns.filter { $0.heuristic != habit?.heuristic }
    var prompts: [UInt64: String] = [:]
    var lost: Set<UInt64> = []
    part.asked += prompted.count
    for (turn, move) in zip(prompted, try strategy.next(prompted, seed: random.key)) {
      switch move {
      case .success(.ask(let ask)): prompts[turn.id] = ask.messages.map(\.content).joined()
      case .success: break
      case .failure(let error):
        lost.insert(turn.id)
        part.failures.append(error)
      }
    }
    part.records = zip(range, solved).compactMap { number, solution in
      guard let solution, !lost.contains(UInt64(number)) else { return nil }
      let task = tasks[number % tasks.count]
      return TrainingRecord(
        id: id(number), task: task.key,
        prompt: prompts[UInt64(number)] ?? template.prompt(for: task.question),
        completion: template.target(for: solution.solution), tokens: [], heuristic: solution.heuristic,
        parents: ["task \(task.key)"])
    }
  }
}

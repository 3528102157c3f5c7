package import PolyaCore

/// The approaches among which the answers to a question are divided.
package struct Approaches {
  /// All of them, in the order of the strategies.
  package private(set) var all: [Approach]
  /// The number of answers that some heuristics get for each question.
  private let quotas: [String: Int]

  /// Creates a choice among all heuristics of some strategies.
  ///
  /// - Throws: `configuration` if a quota names a heuristic that none of them has.
  package init(_ strategies: [any Strategy], quotas: [String: Int] = [:]) throws {
    all = strategies.flatMap { strategy in strategy.heuristics.map { Approach(strategy, $0.id) } }
    self.quotas = quotas
    let known = all.map(\.heuristic)
    for name in quotas.keys.sorted() where !known.contains(name) {
      throw PolyaError(
        .configuration, "no strategy has the heuristic '\(name)'", at: "quotas.\(name)",
        hint: Suggestion.hint(for: name, among: known))
    }
  }

  /// Whether questions are asked bare.
  package var isBare: Bool { all.allSatisfy { $0.strategy is BareQuestion } }

  /// The heuristics in order, each once.
  package var heuristics: [String] {
    all.map(\.heuristic).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Returns the approaches by some heuristics, or all if none is given.
  package func only(_ heuristics: [String]) -> Approaches {
    var chosen = self
    if !heuristics.isEmpty { chosen.all = all.filter { heuristics.contains($0.heuristic) } }
    return chosen
  }

  /// Returns what each approach asks first about a task; nothing where it does not begin with a question.
  package func opened(_ task: Task, seed: UInt64) throws -> [(approach: Approach, messages: [Message])] {
    try all.map { ($0, try $0.opening(of: task, seed: seed)) }
  }

  /// Divides answers to a question among the approaches.
  ///
  /// Heuristics with a quota get that many, if there are enough answers. The rest is divided evenly among the others, or
  /// among all if each has a quota; which get one more is drawn.
  ///
  /// - Returns: The approach of each answer; those with the same approach stand side by side.
  package func divided(among answers: Int, random: Randomness) -> [Approach] {
    var counts = all.map { quotas[$0.heuristic] ?? 0 }
    var left = answers
    for index in counts.indices {
      counts[index] = min(counts[index], left)
      left -= counts[index]
    }
    let others = all.indices.filter { quotas[all[$0].heuristic] == nil }
    let rest = others.isEmpty ? Array(all.indices) : others
    let order = random.permutation(rest.count)
    for place in 0..<left { counts[rest[order[place % rest.count]]] += 1 }
    return zip(all, counts).flatMap { Array(repeating: $0, count: $1) }
  }
}

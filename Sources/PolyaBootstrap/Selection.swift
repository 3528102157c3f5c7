package import PolyaCore
package import PolyaRecords

/// Selects training variants from stored candidates. The result depends only on the candidates and the seed,
/// so an ablation is another selection from the same candidates.
///
/// The variants of a task have a fixed order, so that n = 2 includes n = 1: first the best candidate of each
/// heuristic, with the heuristics shuffled per task, then, if backfilling, the second best of each, and so
/// on.
package struct Selection: Sendable {
  /// Which candidates to select from.
  package enum OutcomeFilter: String, Sendable, CaseIterable {
    /// Right answers: the method.
    case right
    /// Wrong answers: an ablation that must not help.
    case wrong
  }

  /// What to do with a task that has fewer variants than requested.
  package enum WhenShort: String, Sendable, CaseIterable {
    /// Add further candidates of the same heuristics, as far as there are any.
    case backfill
    /// Use what there is, one per heuristic.
    case keep
    /// Leave the task out.
    case drop
  }

  /// Which duplicates among the eligible candidates of a task are left out.
  package enum Duplicates: Sendable, Equatable {
    /// Candidates with the same text.
    case exact
    /// Candidates with the same words, or with at least this similarity of word triples.
    case near(Double)
    /// None.
    case keep
  }

  /// What to do with answers that the limit on tokens ended.
  package enum Truncated: String, Sendable, CaseIterable {
    /// Leave them out: a model that learns from them learns to stop in the middle.
    case drop
    /// Treat them like any other answer.
    case keep
  }

  /// The order of preference among a task's candidates.
  package enum Preference: String, Sendable, CaseIterable {
    /// The candidate of each heuristic that follows it best.
    case adherence
    /// The candidate least similar to those already chosen, whatever its heuristic. The first one is chosen
    /// as in ``adherence``.
    case diversity
  }

  /// The number of variants per task; at least 1.
  package var variants: Int
  /// Which candidates to select from.
  package var outcome: OutcomeFilter
  /// What to do with a task that has too few.
  package var whenShort: WhenShort
  /// The maximum number of tasks; nil means all.
  package var questions: Int?
  /// The heuristics to select from; nil means all.
  package var heuristics: [String]?
  /// The plugin ids of the strategies to select from; nil means all.
  package var strategies: [String]?
  /// Which duplicates are left out.
  package var duplicates: Duplicates
  /// The order of preference.
  package var prefer: Preference
  /// What to do with answers that the limit on tokens ended.
  package var truncated: Truncated

  /// The numbers of what was left out.
  package struct Counts: Sendable, Equatable {
    /// Candidates with the same text or words as another.
    package var exact = 0
    /// Near-duplicates of another candidate.
    package var near = 0
    /// Tasks left out, or with fewer variants than requested.
    package var short = 0
    /// Matching candidates left out because the limit on tokens ended them.
    package var truncated = 0

    /// Creates counts of zero.
    package init() {}
  }

  /// Creates a selection.
  package init(
    variants: Int, outcome: OutcomeFilter = .right, whenShort: WhenShort = .keep, questions: Int? = nil,
    heuristics: [String]? = nil, strategies: [String]? = nil, duplicates: Duplicates = .exact,
    prefer: Preference = .adherence, truncated: Truncated = .drop
  ) {
    self.variants = variants
    self.outcome = outcome
    self.whenShort = whenShort
    self.questions = questions
    self.heuristics = heuristics
    self.strategies = strategies
    self.duplicates = duplicates
    self.prefer = prefer
    self.truncated = truncated
  }

  /// Returns the selected candidates, by task in order of first appearance.
  package func choose(from candidates: [CandidateRecord], random: Randomness) -> [CandidateRecord] {
    var counts = Counts()
    var chosen: [CandidateRecord] = []
    var used = 0
    for group in Self.byTask(candidates) where used < questions ?? .max {
      let variants = variants(of: group, random: random, counting: &counts)
      chosen += variants
      used += variants.isEmpty ? 0 : 1
    }
    return chosen
  }

  /// Groups candidates by task, in order of first appearance.
  package static func byTask(_ candidates: [CandidateRecord]) -> [[CandidateRecord]] {
    var places: [String: Int] = [:]
    var groups: [[CandidateRecord]] = []
    for candidate in candidates {
      if let place = places[candidate.task.key] {
        groups[place].append(candidate)
      } else {
        places[candidate.task.key] = groups.count
        groups.append([candidate])
      }
    }
    return groups
  }

  /// Returns the variants of one task, or none if it has too few and such tasks are dropped.
  ///
  /// - Parameter random: The randomness of the stage. The order of heuristics depends on the task, too.
  package func variants(
    of candidates: [CandidateRecord], random: Randomness, counting counts: inout Counts
  ) -> [CandidateRecord] {
    guard let key = candidates.first?.task.key else { return [] }
    let wanted: Outcome = outcome == .right ? .right : .wrong
    let matching = candidates.filter { candidate in
      candidate.outcome == wanted && (heuristics?.contains(candidate.heuristic) ?? true)
        && (strategies?.contains(candidate.strategy) ?? true)
    }
    let fitting = truncated == .keep ? matching : matching.filter { !$0.isTruncated }
    counts.truncated += matching.count - fitting.count
    var queues: [String: [CandidateRecord]] = [:]
    for candidate in different(fitting.sorted(by: Self.isBetter), &counts) {
      queues[candidate.heuristic, default: []].append(candidate)
    }
    let names = queues.keys.sorted()
    let order = random.stream(key).permutation(names.count).map { names[$0] }
    let rounds = whenShort == .backfill || prefer == .diversity ? queues.values.map(\.count).max() ?? 0 : 1
    let ranked = (0..<rounds).flatMap { round in
      order.compactMap { name in queues[name].flatMap { round < $0.count ? $0[round] : nil } }
    }
    let chosen = prefer == .diversity ? Self.spread(ranked, variants) : Array(ranked.prefix(variants))
    guard chosen.count < variants else { return chosen }
    counts.short += 1
    return whenShort == .drop ? [] : chosen
  }

  /// Removes duplicates from candidates that are sorted from best to worst.
  private func different(_ candidates: [CandidateRecord], _ counts: inout Counts) -> [CandidateRecord] {
    switch duplicates {
    case .keep: return candidates
    case .exact:
      var texts: Set<String> = []
      let kept = candidates.filter { texts.insert($0.answer).inserted }
      counts.exact += candidates.count - kept.count
      return kept
    case .near(let threshold):
      var known = NearDuplicates(threshold: threshold)
      return candidates.filter { candidate in
        switch known.insert(candidate.answer) {
        case .new: return true
        case .exact: counts.exact += 1
        case .near: counts.near += 1
        }
        return false
      }
    }
  }

  /// Chooses by farthest-first traversal: the next variant is the one with the least similarity to its
  /// nearest chosen one.
  private static func spread(_ candidates: [CandidateRecord], _ count: Int) -> [CandidateRecord] {
    let shingles = candidates.map { Shingles($0.answer) }
    var nearest = Array(repeating: -1.0, count: candidates.count)
    var chosen: [Int] = []
    while chosen.count < min(count, candidates.count) {
      let open = candidates.indices.filter { !chosen.contains($0) }
      guard let next = open.min(by: { nearest[$0] == nearest[$1] ? $0 < $1 : nearest[$0] < nearest[$1] })
      else {
        break
      }
      chosen.append(next)
      for index in open { nearest[index] = max(nearest[index], shingles[index].jaccard(shingles[next])) }
    }
    return chosen.map { candidates[$0] }
  }

  /// Orders by adherence, and then by sample number.
  private static func isBetter(_ a: CandidateRecord, _ b: CandidateRecord) -> Bool {
    let (x, y) = (a.adherence ?? -1, b.adherence ?? -1)
    return x == y ? (a.sample, a.id) < (b.sample, b.id) : x > y
  }
}

extension TrainingRecord {
  /// Creates an example of the bare question, without the heuristic's prompt, and a candidate's solution.
  package init(_ candidate: CandidateRecord, id: String, template: PromptTemplate) {
    let solution = candidate.answer.drop { $0.isWhitespace }
    let completion = template.target(for: String(solution))
    self.init(
      id: id, task: candidate.task.key, prompt: template.prompt(for: candidate.task.question),
      completion: completion,
      // Used where they stand for exactly what the model is to learn.
      tokens: candidate.finish == Completion.Finish.stop.rawValue ? candidate.tokens : [],
      heuristic: candidate.heuristic, parents: [candidate.id])
  }
}

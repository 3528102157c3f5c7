package import PolyaCore
package import PolyaRecords

/// Chooses training variants among stored candidates. Pure: every ablation is another selection of the same
/// candidates.
///
/// The variants of one task come in a fixed order, so that n = 2 contains n = 1: first the best candidate of each
/// heuristic, heuristics shuffled per task, then (if asked for) the second best of each, and so on.
package struct Selection: Sendable {
  /// Which candidates.
  package enum OutcomeFilter: String, Sendable, CaseIterable {
    /// Right answers: the method.
    case right
    /// Wrong answers: the ablation that must not help.
    case wrong
  }

  /// What to do with a task that has fewer variants than asked for.
  package enum WhenShort: String, Sendable, CaseIterable {
    /// Use further candidates of the same heuristics, then what there is.
    case backfill
    /// Use what there is, one per heuristic.
    case keep
    /// Leave the task out.
    case drop
  }

  /// Which copies among the fitting candidates of a task are left out.
  package enum Duplicates: Sendable, Equatable {
    /// Those with the same text.
    case exact
    /// Those with the same words, or at least this similarity of word triples.
    case near(Double)
    /// None.
    case keep
  }

  /// What comes first among a task's candidates.
  package enum Preference: String, Sendable, CaseIterable {
    /// One of each heuristic, the one that follows it best.
    case adherence
    /// The one most unlike those that are chosen, whatever its heuristic; begins as ``adherence`` does.
    case diversity
  }

  /// Variants per task; at least 1.
  package var variants: Int
  /// Which candidates.
  package var outcome: OutcomeFilter
  /// Tasks with too few.
  package var whenShort: WhenShort
  /// At most so many tasks; nil: all.
  package var questions: Int?
  /// Only these heuristics; nil: all.
  package var heuristics: [String]?
  /// Only these strategies, by plugin id; nil: all.
  package var strategies: [String]?
  /// Copies.
  package var duplicates: Duplicates
  /// Order.
  package var prefer: Preference

  /// What was left out.
  package struct Counts: Sendable, Equatable {
    /// Copies of the same text or words.
    package var exact = 0
    /// Near-duplicates.
    package var near = 0
    /// Tasks left out or with fewer variants than asked for.
    package var short = 0

    /// Nothing yet.
    package init() {}
  }

  /// A selection.
  package init(
    variants: Int, outcome: OutcomeFilter = .right, whenShort: WhenShort = .keep, questions: Int? = nil,
    heuristics: [String]? = nil, strategies: [String]? = nil, duplicates: Duplicates = .exact,
    prefer: Preference = .adherence
  ) {
    self.variants = variants
    self.outcome = outcome
    self.whenShort = whenShort
    self.questions = questions
    self.heuristics = heuristics
    self.strategies = strategies
    self.duplicates = duplicates
    self.prefer = prefer
  }

  /// The chosen candidates, task by task in order of first appearance.
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

  /// The candidates of each task together, in order of first appearance.
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

  /// The variants of one task; none when it is short and such tasks are dropped.
  ///
  /// - Parameter random: the stage's; the order of heuristics is the task's own.
  package func variants(
    of candidates: [CandidateRecord], random: Randomness, counting counts: inout Counts
  ) -> [CandidateRecord] {
    guard let key = candidates.first?.task.key else { return [] }
    let wanted: Outcome = outcome == .right ? .right : .wrong
    let fitting = candidates.filter { candidate in
      candidate.outcome == wanted && (heuristics?.contains(candidate.heuristic) ?? true)
        && (strategies?.contains(candidate.strategy) ?? true)
    }
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

  /// Best first; a text that stands already is no further variant.
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

  /// Farthest first: each further variant is the one whose nearest chosen one is least similar.
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

  /// By adherence; without one, or between equals, by sample number.
  private static func isBetter(_ a: CandidateRecord, _ b: CandidateRecord) -> Bool {
    let (x, y) = (a.adherence ?? -1, b.adherence ?? -1)
    return x == y ? (a.sample, a.id) < (b.sample, b.id) : x > y
  }
}

extension TrainingRecord {
  /// The bare question before a candidate's solution: the heuristic's prompt is gone.
  package init(_ candidate: CandidateRecord, id: String, template: PromptTemplate) {
    let solution = candidate.answer.drop { $0.isWhitespace }
    let completion = template.target(for: String(solution))
    self.init(
      id: id, task: candidate.task.key, prompt: template.prompt(for: candidate.task.question),
      completion: completion,
      // Sampled ids serve as they are only when they stand for exactly this text.
      tokens: completion == candidate.answer && candidate.finish == Completion.Finish.stop.rawValue
        ? candidate.tokens : [],
      heuristic: candidate.heuristic, parents: [candidate.id])
  }
}

public import PolyaCore
public import PolyaRecords

/// Chooses training variants among stored candidates. Pure: every ablation is another selection of the same
/// candidates.
///
/// The variants of one task come in a fixed order, so that n = 2 contains n = 1: first the best candidate of each
/// heuristic, heuristics shuffled per task, then (if asked for) the second best of each, and so on.
public struct Selection: Sendable {
  /// Which candidates.
  public enum Take: String, Sendable, CaseIterable {
    /// Right answers: the method.
    case verified
    /// Wrong answers: the ablation that must not help.
    case wrong
  }

  /// What to do with a task that has fewer variants than asked for.
  public enum WhenShort: String, Sendable, CaseIterable {
    /// Use further candidates of the same heuristics, then what there is.
    case backfill
    /// Use what there is, one per heuristic.
    case keep
    /// Leave the task out.
    case drop
  }

  /// Variants per task; at least 1.
  public var variants: Int
  /// Which candidates.
  public var take: Take
  /// Tasks with too few.
  public var whenShort: WhenShort
  /// At most so many tasks; nil: all.
  public var questions: Int?
  /// Only these heuristics; nil: all.
  public var heuristics: [String]?

  /// A selection.
  public init(variants: Int, take: Take, whenShort: WhenShort, questions: Int?, heuristics: [String]?) {
    self.variants = variants
    self.take = take
    self.whenShort = whenShort
    self.questions = questions
    self.heuristics = heuristics
  }

  /// The chosen candidates, task by task in order of first appearance.
  public func choose(from candidates: [CandidateRecord], random: Randomness) -> [CandidateRecord] {
    var order: [String] = []
    var byTask: [String: [CandidateRecord]] = [:]
    for candidate in candidates {
      if byTask[candidate.task.key] == nil { order.append(candidate.task.key) }
      byTask[candidate.task.key, default: []].append(candidate)
    }
    var chosen: [CandidateRecord] = []
    var used = 0
    for key in order where used < questions ?? .max {
      let variants = variants(of: byTask[key] ?? [], random: random.stream(key))
      guard !variants.isEmpty, whenShort != .drop || variants.count == self.variants else { continue }
      chosen += variants
      used += 1
    }
    return chosen
  }

  private func variants(of candidates: [CandidateRecord], random: Randomness) -> [CandidateRecord] {
    let wanted: CandidateRecord.Outcome = take == .verified ? .verified : .wrong
    var texts: Set<String> = []
    let fitting = candidates.filter { candidate in
      candidate.outcome == wanted && (heuristics?.contains(candidate.heuristic) ?? true)
    }
    var queues: [String: [CandidateRecord]] = [:]
    // Best first; a text that stands already is no further variant.
    for candidate in fitting.sorted(by: Self.isBetter) where texts.insert(candidate.answer).inserted {
      queues[candidate.heuristic, default: []].append(candidate)
    }
    let names = queues.keys.sorted()
    let order = random.permutation(names.count).map { names[$0] }
    let rounds = whenShort == .backfill ? queues.values.map(\.count).max() ?? 0 : 1
    let ranked = (0..<rounds).flatMap { round in
      order.compactMap { name in queues[name].flatMap { round < $0.count ? $0[round] : nil } }
    }
    return Array(ranked.prefix(variants))
  }

  /// By adherence; without one, or between equals, by sample number.
  private static func isBetter(_ a: CandidateRecord, _ b: CandidateRecord) -> Bool {
    let (x, y) = (a.adherence ?? -1, b.adherence ?? -1)
    return x == y ? (a.sample, a.id) < (b.sample, b.id) : x > y
  }
}

extension TrainingRecord {
  /// The bare question before a candidate's solution: the heuristic's prompt is gone.
  public init(_ candidate: CandidateRecord, id: String, frame: TextFrame) {
    let solution = candidate.answer.drop { $0.isWhitespace }
    let completion = frame.target(for: String(solution))
    self.init(
      id: id, task: candidate.task.key, prompt: frame.prompt(for: candidate.task.question),
      completion: completion,
      // Sampled ids serve as they are only when they stand for exactly this text.
      tokens: completion == candidate.answer && candidate.finish == Completion.Finish.stop.rawValue
        ? candidate.tokens : [],
      heuristic: candidate.heuristic, parents: [candidate.id])
  }
}

import PolyaCore
import PolyaRecords

/// Records with every field filled, and with every optional one empty.
enum RecordSamples {
  static let verdict = VerdictRecord(
    .right, score: 0.75, confidence: 0.5, components: [.init(name: "form", value: 1)], extracted: "4",
    notes: [Note("seems short", code: "short", severity: .warning, range: 3..<9)], reason: "why",
    details: ["steps": 3])

  static let task = Task(
    key: "t", question: "2+2?", reference: "4", referenceKind: "math", kind: "sum", level: 2.5,
    metadataJSON: #"{"a":1}"#, place: .init(split: "train", index: 7, seed: 0xFEDC_BA98_7654_3210))

  static let bareTask = Task(key: "t", question: "2+2?", reference: "4", referenceKind: "math")

  private static let conversation = [
    Message(role: "system", content: "s"), Message(role: "user", content: "u"),
  ]

  static func candidate(_ verdict: VerdictRecord, _ task: Task, isFull: Bool) -> CandidateRecord {
    var record = CandidateRecord(
      id: "k:1", task: task, strategy: "s", heuristic: "h", sample: 2,
      messages: isFull ? conversation : [Message(role: "user", content: "p")], prompt: "p", answer: "a",
      tokens: [5, 0], finish: "stop", verdict: verdict, adherence: isFull ? 0.25 : nil, seed: .max, model: "m"
    )
    record.wasTried = isFull
    return record
  }

  private static let reply = Completion(
    finish: .length, text: Array("four".utf8), tokens: [1, 2], logprobs: [-1, -2])

  static func rollout(isFull: Bool) -> RolloutRecord {
    RolloutRecord(
      id: "k:1", step: 3, group: 4, task: bareTask, sample: 5, seed: 6, heuristic: isFull ? "analogy" : nil,
      earlier: isFull ? [.init(prompt: "<q>", completion: reply)] : [], prompt: "<p>", completion: reply,
      answer: isFull ? "fou" : nil,
      outcome: .wrong, reward: isFull ? 0.5 : nil, verdicts: [.init(reward: "answer", verdict: verdict)],
      heuristics: isFull ? ["analogy", "decompose"] : nil, advantage: isFull ? -1.5 : nil)
  }

  static func evaluation(isFull: Bool) -> EvaluationRecord {
    var reasons = UnscoredReasons()
    reasons.add("fails: x")
    return EvaluationRecord(
      id: "k:1", model: "m", tasks: "t", task: "q", kind: "sum", prompt: "<p>", scored: 3, correct: 2,
      unscored: 1,
      reasons: reasons, meanTokens: 7.5, examples: [.init(text: "four", verdict: verdict)],
      cluster: isFull ? "book" : nil, votes: isFull ? [.init(answer: "4", isRight: true, count: 2)] : nil,
      greedy: isFull ? .init(scored: 1, correct: 1) : nil)
  }

  static let training = TrainingRecord(
    id: "k:1", task: "t", prompt: "p", completion: "c", tokens: [1], heuristic: "h", parents: ["k:0"])

  static var disagreement: DisagreementRecord {
    DisagreementRecord(
      id: "k:1", candidate: candidate(verdict, task, isFull: true), first: verdict,
      second: VerdictRecord(.timedOut, reason: "slow"))
  }

  static func measure(isFull: Bool) -> MeasureRecord {
    let optional = isFull ? 0.5 : nil
    return MeasureRecord(
      arm: "a", answers: 9, labeled: 8, heuristics: 1.5, composed: 0.25, low: 0.125, high: 0.375,
      words: 12.5,
      vendi: optional, vendiByModel: optional, distinct: optional, selfBLEU: optional)
  }

  static let results = ResultsRecord(
    taskSets: [TaskSetRecord(name: "t", distribution: .outside, note: "n")],
    scores: [
      ScoreRecord(
        model: "m", tasks: "t", seeds: ["m0", "m1"], kind: "sum", metric: "pass@8", value: 0.5, low: 0.25,
        high: 0.75, questions: 9, samples: 8)
    ],
    comparisons: [
      ComparisonRecord(
        first: "m", second: "n", tasks: "t", metric: "pass@8", difference: 0.5, low: -0.25, high: 0.75,
        probability: 0.125, adjusted: 0.25, questions: 9)
    ],
    coverage: [
      CoverageRecord(
        first: "m", second: "n", tasks: "t", questions: 9, solvedFirst: 3, solvedSecond: 4, gained: 1,
        probability: 0.5, detectable: 0.25,
        lost: [.init(task: "q", right: 2, samplesSecond: 8, samplesFirst: 7, probability: 0.125)])
    ],
    measures: [measure(isFull: true)],
    contamination: [
      ContaminationRecord(
        tasks: "t", against: ["u"], words: 13, similarity: 0.75, questions: 9, isExcluded: true,
        resembling: [.init(task: "q", like: "r", overlaps: true, similarity: 0.5)])
    ])

  static let run = RunRecord(
    name: "r", seed: .max, stages: [.init(name: "s", kind: "train", key: "ab", needs: ["q"])],
    plugins: [.init(name: "p", id: "polya.p", version: "1.0", sha256: "cd", file: "/p.so")])
}

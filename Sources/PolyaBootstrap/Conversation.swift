internal import PolyaCore
internal import PolyaRecords

/// One attempt on its way.
struct Conversation {
  enum End {
    case answered(String)
    case failed(String)
  }

  let task: Task
  let strategy: any Strategy
  let heuristic: String
  let sample: Int
  let exemplars: [Exemplar]
  let random: Randomness
  private(set) var transcript: [Message] = []
  var pending: StrategyMove.Ask?
  var end: End?
  private var state: [UInt8] = []
  private var prompt = ""
  private var last: Completion?
  private var seed: UInt64 = 0

  init(
    task: Task, strategy: any Strategy, heuristic: String, sample: Int, exemplars: [Exemplar],
    random: Randomness
  ) {
    self.task = task
    self.strategy = strategy
    self.heuristic = heuristic
    self.sample = sample
    self.exemplars = exemplars
    self.random = random
  }

  func turn(_ number: Int, id: Int) -> StrategyTurn {
    StrategyTurn(
      id: UInt64(id), task: task, heuristic: heuristic, exemplars: exemplars, transcript: transcript,
      state: state,
      turn: number)
  }

  func isSibling(of other: Conversation) -> Bool {
    strategy === other.strategy && heuristic == other.heuristic && task.key == other.task.key
      && pending == other.pending
  }

  mutating func hear(_ completion: Completion, after chat: [Message], seed: UInt64) {
    state = pending?.state ?? []
    pending = nil
    prompt = chat.map(\.content).joined()
    transcript =
      chat + [Message(role: "assistant", content: String(decoding: completion.text, as: UTF8.self))]
    last = completion
    self.seed = seed
  }

  var answer: String? {
    guard case .answered(let answer) = end else { return nil }
    return answer
  }

  func judgedAnswer(id: Int) -> Answer {
    Answer(
      id: UInt64(id), groupID: random.key, task: task, completion: Array((answer ?? "").utf8),
      tokens: last?.tokens ?? [], logprobs: last?.logprobs ?? [])
  }

  func record(id: String, verdict: Verdict?, range: ClosedRange<Double>, adherence: Double?, model: String)
    -> CandidateRecord
  {
    var record = CandidateRecord(
      id: id, task: task, strategy: strategy.id, heuristic: heuristic, sample: sample, prompt: prompt,
      answer: answer ?? "", tokens: last?.tokens ?? [], finish: last?.finish.rawValue ?? "", outcome: .failed,
      score: verdict?.score, extracted: "", notes: [], adherence: adherence, seed: seed, model: model)
    switch verdict {
    case .scored(_, let extracted, let notes)?:
      record.outcome = verdict?.isRight(in: range) == true ? .verified : .wrong
      record.extracted = extracted
      record.notes = notes
    case .abstained(let notes)?:
      record.outcome = .abstained
      record.notes = notes
    case .failed(let why)?: record.notes = [why]
    case nil:
      if case .failed(let why) = end { record.notes = [why] }
    }
    return record
  }
}

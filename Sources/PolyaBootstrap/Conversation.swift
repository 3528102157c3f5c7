internal import PolyaCore
internal import PolyaRecords

/// One attempt in progress.
struct Conversation {
  /// What the attempt is waiting for.
  enum State {
    /// The next move of the strategy.
    case open
    /// A reply of the model.
    case asking(StrategyMove.Ask)
    /// A verdict on an answer. If `isTrial` and the answer is wrong, the strategy continues and is given the
    /// reference.
    case answered(String, isTrial: Bool)
    /// Nothing: there is no answer, for the given reason.
    case failed(String)
    /// Nothing: the answer has a verdict.
    case judged(String, Judgment)
    /// Nothing: the attempt was finished before an interruption.
    case kept(CandidateRecord)
  }

  /// The number of the candidate in its stage.
  let number: Int
  let cell: Cell
  let sample: Int
  private(set) var state = State.open
  private(set) var transcript: [Message] = []
  /// The number of moves of the strategy so far.
  private(set) var turn = 0
  private var memory: [UInt8] = []
  /// The gold answer, once a trial was wrong.
  private var hint: String?
  private var wasTried = false
  private var messages: [Message] = []
  private var prompt = ""
  private var tokens: [Int32] = []
  private var logprobs: [Float] = []
  private var finish = ""
  private var seed: UInt64 = 0

  /// The number of turns after which a strategy without an answer has failed.
  private static let maximumTurns = 64

  init(number: Int, cell: Cell, sample: Int) {
    self.number = number
    self.cell = cell
    self.sample = sample
  }

  /// Creates an attempt that was finished before an interruption.
  init(number: Int, cell: Cell, kept: CandidateRecord) {
    self.init(number: number, cell: cell, sample: kept.sample)
    state = .kept(kept)
  }

  /// Creates an attempt from an earlier run's candidate, which is verified again. Returns nil if the
  /// candidate depended on the earlier verdict.
  init?(number: Int, cell: Cell, known: CandidateRecord) {
    guard !known.wasTried else { return nil }
    self.init(number: number, cell: cell, sample: known.sample)
    (messages, prompt, seed) = (known.messages, known.prompt, known.seed)
    (tokens, finish) = (known.tokens, known.finish)
    transcript = messages
    if !tokens.isEmpty { transcript.append(Message(role: "assistant", content: known.answer)) }
    // Without tokens, the model was not asked or said nothing, so the strategy's own failure is kept.
    state =
      known.outcome == .failed && known.answer.isEmpty
      ? .failed(known.verdict.reason) : .answered(known.answer, isTrial: false)
  }

  var strategyTurn: StrategyTurn {
    StrategyTurn(
      id: UInt64(number), task: cell.task, heuristic: cell.heuristic, exemplars: cell.exemplars,
      transcript: transcript, state: memory, reference: hint, turn: turn)
  }

  var isOpen: Bool { if case .open = state { true } else { false } }

  var ask: StrategyMove.Ask? { if case .asking(let ask) = state { ask } else { nil } }

  var isDone: Bool {
    switch state {
    case .failed, .judged, .kept: true
    default: false
    }
  }

  mutating func take(_ move: Result<StrategyMove, PolyaError>) {
    guard turn < Self.maximumTurns else { return fail("no answer after \(Self.maximumTurns) turns") }
    turn += 1
    switch move {
    case .failure(let error): fail(error.message)
    case .success(.giveUp): fail("the strategy gave up")
    case .success(.answer(let answer)): state = .answered(answer, isTrial: false)
    case .success(.ask(let ask)): state = .asking(ask)
    case .success(.check(let trial)):
      memory = trial.state
      wasTried = true
      state = .answered(trial.answer, isTrial: true)
    }
  }

  mutating func fail(_ why: String) { state = .failed(why) }

  /// Takes the model's reply to a conversation, of which it was sent `prompt`.
  mutating func hear(_ completion: Completion, after chat: [Message], prompt: String, seed: UInt64) {
    memory = ask?.state ?? []
    (messages, self.prompt) = (chat, prompt)
    transcript =
      chat + [Message(role: "assistant", content: String(decoding: completion.text, as: UTF8.self))]
    (tokens, logprobs, finish) = (completion.tokens, completion.logprobs, completion.finish.rawValue)
    self.seed = seed
    state = .open
  }

  /// The answer to verify, or nil if there is none yet.
  var answer: Answer? {
    guard case .answered(let text, _) = state else { return nil }
    let isReply = saidLast(text)
    return Answer(
      id: UInt64(number), groupID: cell.group, task: cell.task, completion: Array(text.utf8),
      tokens: isReply ? tokens : [], logprobs: isReply ? logprobs : [],
      transcript: isReply ? transcript.dropLast() : transcript)
  }

  /// Whether the limit on tokens ended the answer, which is then the model's last reply.
  var isTruncated: Bool {
    switch state {
    case .answered(let text, _), .judged(let text, _):
      finish == Completion.Finish.length.rawValue && saidLast(text)
    case .kept(let record): record.isTruncated
    default: false
    }
  }

  /// The verdict on the attempt; nil while it goes on.
  var judgment: Judgment? { if case .judged(_, let judgment) = state { judgment } else { nil } }

  /// Whether an answer is the model's last reply, up to trailing white space, so that the sampled tokens are
  /// its own.
  private func saidLast(_ answer: String) -> Bool {
    guard let reply = transcript.last?.content, reply.hasPrefix(answer) else { return false }
    return reply.utf8.dropFirst(answer.utf8.count).allSatisfy { $0 <= 0x20 }
  }

  mutating func take(_ judgment: Judgment) {
    guard case .answered(let text, let isTrial) = state else { return }
    guard isTrial, case .wrong = judgment.outcome else {
      state = .judged(text, judgment)
      return
    }
    hint = cell.task.reference
    state = .open
  }

  var isVerified: Bool {
    switch state {
    case .judged(_, let judgment): judgment.outcome == .right
    case .kept(let record): record.outcome == .right
    default: false
    }
  }

  func record(id: String, model: String) -> CandidateRecord {
    if case .kept(let record) = state { return record }
    var record = CandidateRecord(
      id: id, task: cell.task, strategy: cell.strategy.id, heuristic: cell.heuristic, sample: sample,
      messages: messages, prompt: prompt, answer: "", tokens: tokens, finish: finish,
      verdict: VerdictRecord(.failed),
      adherence: nil, seed: seed, model: model)
    record.wasTried = wasTried
    switch state {
    case .judged(let text, let judgment):
      record.answer = text
      if !saidLast(text) { record.tokens = [] }
      (record.verdict, record.adherence) = (judgment.verdict, judgment.adherence)
    case .failed(let why): record.verdict.reason = why
    default: preconditionFailure("a candidate is recorded before it is done")
    }
    return record
  }
}

/// A task to solve by one heuristic.
final class Cell {
  let task: Task
  let strategy: any Strategy
  let heuristic: String
  let exemplars: [Exemplar]
  let random: Randomness
  /// The group that all answers to the task share, whatever their heuristic.
  let group: UInt64

  init(
    _ task: Task, _ strategy: any Strategy, _ heuristic: String, _ exemplars: [Exemplar],
    _ random: Randomness,
    group: UInt64
  ) {
    self.task = task
    self.strategy = strategy
    self.heuristic = heuristic
    self.exemplars = exemplars
    self.random = random
    self.group = group
  }
}

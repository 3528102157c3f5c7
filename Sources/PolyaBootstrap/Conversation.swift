internal import PolyaCore
internal import PolyaRecords

/// One attempt on its way.
struct Conversation {
  /// What it waits for.
  enum State {
    /// The strategy's next move.
    case open
    /// The model's reply.
    case asking(StrategyMove.Ask)
    /// What the verifier says of an answer; when it `isTrial` and wrong, the strategy goes on and may know why.
    case answered(String, isTrial: Bool)
    /// Nothing: there is no answer, and why.
    case failed(String)
    /// Nothing.
    case judged(String, Judgment)
    /// Nothing: an interrupted run had judged it.
    case kept(CandidateRecord)
  }

  /// Number of the candidate in its stage.
  let number: Int
  let cell: Cell
  let sample: Int
  private(set) var state = State.open
  private(set) var transcript: [Message] = []
  /// Moves that the strategy has made.
  private(set) var turn = 0
  private var memory: [UInt8] = []
  /// What the answer should have been, once a trial was wrong.
  private var hint: String?
  private var wasTried = false
  private var prompt = ""
  private var tokens: [Int32] = []
  private var logprobs: [Float] = []
  private var finish = ""
  private var seed: UInt64 = 0

  /// A strategy that has not answered after so many turns has failed.
  private static let maximumTurns = 64

  init(number: Int, cell: Cell, sample: Int) {
    self.number = number
    self.cell = cell
    self.sample = sample
  }

  /// Done before an interruption.
  init(number: Int, cell: Cell, kept: CandidateRecord) {
    self.init(number: number, cell: cell, sample: kept.sample)
    state = .kept(kept)
  }

  /// As an earlier run left it, with its verdict to be found anew; nil when that depended on the verdict.
  init?(number: Int, cell: Cell, known: CandidateRecord) {
    guard !known.wasTried else { return nil }
    self.init(number: number, cell: cell, sample: known.sample)
    (prompt, tokens, finish, seed) = (known.prompt, known.tokens, known.finish, known.seed)
    transcript = [Message(role: "user", content: prompt)]
    if !tokens.isEmpty { transcript.append(Message(role: "assistant", content: known.answer)) }
    // Without tokens no model was asked, or it said nothing: the strategy's own failure stands.
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

  mutating func hear(_ completion: Completion, after chat: [Message], seed: UInt64) {
    memory = ask?.state ?? []
    prompt = chat.map(\.content).joined()
    transcript =
      chat + [Message(role: "assistant", content: String(decoding: completion.text, as: UTF8.self))]
    (tokens, logprobs, finish) = (completion.tokens, completion.logprobs, completion.finish.rawValue)
    self.seed = seed
    state = .open
  }

  /// What is to be judged; nil while there is no answer.
  var answer: Answer? {
    guard case .answered(let text, _) = state else { return nil }
    let isReply = saidLast(text)
    return Answer(
      id: UInt64(number), groupID: cell.group, task: cell.task, completion: Array(text.utf8),
      tokens: isReply ? tokens : [], logprobs: isReply ? logprobs : [],
      transcript: isReply ? transcript.dropLast() : transcript)
  }

  /// Whether an answer is the model's last reply, to which the sampled tokens belong, up to white space at its end.
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
      prompt: prompt, answer: "", tokens: tokens, finish: finish, verdict: VerdictRecord(.failed),
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

/// A task to be solved by one heuristic.
final class Cell {
  let task: Task
  let strategy: any Strategy
  let heuristic: String
  let exemplars: [Exemplar]
  let random: Randomness
  /// Shared by all answers to the task, whatever the approach.
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

internal import Synchronization

/// What happened while a rule was decided: without it a rule that "passed" says nothing.
final class Evidence: Sendable {
  /// Something that a rule may be about.
  enum Event: Hashable, Sendable {
    case score, component(Int), text, note
    case ask, state, segment
    case sampledToken
    case arena, finished, refusal
  }

  private struct Work {
    var rows = 0
    var worked = 0
    var isUnsupported = true
    var firstFailure: String?
  }

  private struct State {
    var work: [Role: Work] = [:]
    var events: Set<Event> = []
  }

  private let state = Mutex(State())

  func saw(_ event: Event) { state.withLock { _ = $0.events.insert(event) } }

  func has(_ event: Event) -> Bool { state.withLock { $0.events.contains(event) } }

  /// Notes what became of the rows of one call; reasons stand in the order of the rows that failed.
  func note(_ role: Role, _ outcomes: [RowOutcome], reasons: [String]) {
    guard !outcomes.isEmpty else { return }
    state.withLock { state in
      var work = state.work[role] ?? Work()
      work.rows += outcomes.count
      work.worked += outcomes.count { $0 == .worked }
      work.isUnsupported = work.isUnsupported && outcomes.allSatisfy { $0 == .failed(Status.unsupported) }
      if work.firstFailure == nil, let first = outcomes.first(where: { $0 != .worked }) {
        work.firstFailure = first.shown(reasons.first)
      }
      state.work[role] = work
    }
  }

  /// Whether a function that a plugin may lack said of every row that it does not do this.
  func isLacking(_ role: Role) -> Bool {
    role.isOptional && state.withLock { $0.work[role].map(\.isUnsupported) ?? false }
  }

  /// Whether any function was asked anything.
  var isEmpty: Bool { state.withLock { $0.work.isEmpty } }

  /// Whether functions were asked, and none of them ever answered.
  var isFruitless: Bool {
    state.withLock { !$0.work.isEmpty && $0.work.values.allSatisfy { $0.worked == 0 } }
  }

  /// What is said of functions that were asked and never answered a row.
  var idle: String? {
    let works = state.withLock { $0.work }
    let idle = works.filter { $0.value.worked == 0 && !isLacking($0.key) }
    guard let (role, work) = idle.min(by: { $0.key.rawValue < $1.key.rawValue }) else { return nil }
    return "none of \(work.rows) rows of \(role.rawValue) was \(role.participle)"
      + (work.firstFailure.map { ": the first \($0)" } ?? "")
  }
}

/// What became of one row.
enum RowOutcome: Equatable, Sendable {
  /// It has a result.
  case worked
  case abstained
  case failed(Int32)
  /// The call ended before its turn.
  case untouched

  func shown(_ reason: String?) -> String {
    switch self {
    case .worked: "has a result"
    case .abstained: "abstains"
    case .failed(let status):
      "fails with \(Status.name(status))" + (reason.map { ", \($0.prefix(200))" } ?? "")
    case .untouched: "was not reached"
    }
  }
}

/// The contract's status codes.
enum Status {
  static let unsupported: Int32 = 6
  private static let names = [
    "OK", "CANCELLED", "TIMED_OUT", "BAD_ARGUMENT", "BAD_OPTION", "NOT_FOUND", "UNSUPPORTED", "WRONG_STATE",
    "OUT_OF_MEMORY", "LIMIT", "UNAVAILABLE", "IO", "CORRUPT", "DENIED", "INTERNAL",
  ]

  /// Whether a plugin may give it.
  static func isKnown(_ status: Int32) -> Bool { names.indices.contains(Int(status)) }

  static func name(_ status: Int32) -> String {
    isKnown(status) ? names[Int(status)] : "the unknown status \(status)"
  }
}

/// Something that must have been seen for a rule to say anything.
struct Need: Sendable {
  let what: String
  /// A plugin may never do this, and still be sound.
  var isOptional = false
  let isMet: @Sendable (Evidence, Facts) -> Bool

  static func event(_ event: Evidence.Event, _ what: String, isOptional: Bool = false) -> Need {
    Need(what: what, isOptional: isOptional) { evidence, _ in evidence.has(event) }
  }

  static let score = event(.score, "no row was scored")
  static let note = event(.note, "no row had a note", isOptional: true)
  static let text = event(.text, "no row had an extracted answer, a note or details", isOptional: true)
  static let components = Need(what: "a component of describe() was never given, or always NaN") {
    evidence, facts in
    facts.components.indices.allSatisfy { evidence.has(.component($0)) }
  }
  static let ask = event(.ask, "no move asked with a message")
  static let state = event(.state, "no move had a state", isOptional: true)
  static let segment = Need(what: "no answer had a segment") { evidence, _ in
    evidence.has(.segment) || evidence.isLacking(.segment)
  }
  static let sampledToken = event(.sampledToken, "no sample had a token")
  static let arena = event(.arena, "alloc() was never called", isOptional: true)
  static let finished = event(.finished, "no row was reported finished", isOptional: true)
  static let refusal = event(.refusal, "create() refused nothing", isOptional: true)
}

internal import Synchronization

/// Records what happened while a rule was checked, since a rule that looked at nothing has not really passed.
final class Evidence: Sendable {
  /// An event that a rule may be about.
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

  /// Records the outcomes of the rows of one call. The reasons are in the order of the failed rows.
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

  /// Whether an optional function reported for every row that it is not supported.
  func isLacking(_ role: Role) -> Bool {
    role.isOptional && state.withLock { $0.work[role].map(\.isUnsupported) ?? false }
  }

  /// Whether no function was called.
  var isEmpty: Bool { state.withLock { $0.work.isEmpty } }

  /// Whether functions were called but never answered.
  var isFruitless: Bool {
    state.withLock { !$0.work.isEmpty && $0.work.values.allSatisfy { $0.worked == 0 } }
  }

  /// Describes a function that was called but never answered a row; nil if there is none.
  var idle: String? {
    let works = state.withLock { $0.work }
    let idle = works.filter { $0.value.worked == 0 && !isLacking($0.key) }
    guard let (role, work) = idle.min(by: { $0.key.rawValue < $1.key.rawValue }) else { return nil }
    return "none of \(work.rows) rows of \(role.rawValue) was \(role.participle)"
      + (work.firstFailure.map { ": the first \($0)" } ?? "")
  }
}

/// The outcome of one row.
enum RowOutcome: Equatable, Sendable {
  /// The row has a result.
  case worked
  case abstained
  case failed(Int32)
  /// The call ended before this row.
  case untouched

  func shown(_ reason: String?) -> String {
    switch self {
    case .worked: "has a result"
    case .abstained: "abstains"
    case .failed(let status):
      "failed with \(Status.name(status))" + (reason.map { ", \($0.prefix(200))" } ?? "")
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

  /// Returns whether plugins may use the status.
  static func isKnown(_ status: Int32) -> Bool { names.indices.contains(Int(status)) }

  static func name(_ status: Int32) -> String {
    isKnown(status) ? names[Int(status)] : "the unknown status \(status)"
  }
}

/// An event that must have happened for a rule to have a result.
struct Need: Sendable {
  let what: String
  /// Whether a valid plugin may never do this.
  var isOptional = false
  let isMet: @Sendable (Evidence, Facts) -> Bool

  static func event(_ event: Evidence.Event, _ what: String, isOptional: Bool = false) -> Need {
    Need(what: what, isOptional: isOptional) { evidence, _ in evidence.has(event) }
  }

  static let score = event(.score, "no row was scored")
  static let note = event(.note, "no row had a note", isOptional: true)
  static let text = event(.text, "no row had an extracted answer, a note or details", isOptional: true)
  static let components = Need(what: "a component of describe() was missing or NaN in all rows") {
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
  static let refusal = event(.refusal, "create() accepted everything", isOptional: true)
}

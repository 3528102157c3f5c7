/// What the grader found out about one completion.
public struct Grade: Sendable, Equatable {
  /// The three outcomes; `abstain` is not a low score but none.
  public enum Verdict: Sendable, Equatable { case right, wrong, abstain }

  /// The outcome.
  public var verdict: Verdict
  /// Bytes of the completion that were taken for its answer; nil when there is none, or nothing was looked for.
  public var range: Range<Int>?
  /// How the answer was found; nil together with `range`.
  public var source: AnswerSource?
  /// Where the answer came from, and why there is no verdict.
  public var notes: [GradeNote] = []

  static func abstain(_ code: StaticString, _ message: String) -> Grade {
    Grade(verdict: .abstain, notes: [GradeNote(code: code, message: message, isWarning: true)])
  }
}

/// One note on a grade.
public struct GradeNote: Sendable, Equatable {
  /// Stable word for machines, such as `no-answer`.
  public var code: String
  /// One sentence for people.
  public var message: String
  /// The bytes of the completion it is about.
  public var range: Range<Int>?
  /// Whether someone should look at it.
  public var isWarning: Bool

  init(code: StaticString, message: String, range: Range<Int>? = nil, isWarning: Bool = false) {
    self.code = "\(code)"
    self.message = message
    self.range = range
    self.isWarning = isWarning
  }
}

/// What a reward says of an answer. No verdict is never a zero.
package struct Verdict: Sendable, Equatable {
  /// Whether there is a score, and if not, why.
  package enum Status: Sendable, Equatable {
    /// A score inside the reward's declared range.
    case scored(Double)
    /// The reward cannot tell, which is not "wrong".
    case abstained
    /// A technical failure of this row, and its reason.
    case failed(String)
    /// The reward reached a deadline before it could tell, and what it says of that.
    case timedOut(String)
  }

  /// Whether there is a score.
  package var status: Status
  /// How sure the reward is of its score, 0...1; nil when it does not say.
  package var confidence: Double?
  /// What the score is made of: as many values as the reward names components, or none. NaN marks an absent one.
  package var components: [Double]
  /// What was taken for the final answer; empty when nothing was.
  package var extracted: String
  /// The reward's notes.
  package var notes: [Note]
  /// The reward's own structured details; nil when it gives none.
  package var details: JSON?

  /// A verdict.
  package init(
    _ status: Status, confidence: Double? = nil, components: [Double] = [], extracted: String = "",
    notes: [Note] = [], details: JSON? = nil
  ) {
    self.status = status
    self.confidence = confidence
    self.components = components
    self.extracted = extracted
    self.notes = notes
    self.details = details
  }

  /// A score, and what was taken for the final answer.
  package static func scored(
    _ score: Double, extracted: String = "", notes: [Note] = [], components: [Double] = [],
    confidence: Double? = nil
  ) -> Verdict {
    Verdict(
      .scored(score), confidence: confidence, components: components, extracted: extracted, notes: notes)
  }

  /// The reward cannot tell.
  package static func abstained(notes: [Note] = []) -> Verdict { Verdict(.abstained, notes: notes) }

  /// A technical failure of this row.
  package static func failed(_ reason: String) -> Verdict { Verdict(.failed(reason)) }

  /// The score, when there is one.
  package var score: Double? {
    // Inlined into other modules it makes the optimizer of Swift 6.3.1 fail its own check of ownership.
    @inline(never) get { if case .scored(let score) = status { score } else { nil } }
  }

  /// Why the row failed or timed out; empty for a score and an abstention.
  package var reason: String {
    switch status {
    case .failed(let reason), .timedOut(let reason): reason
    case .scored, .abstained: ""
    }
  }

  /// What the verdict means for the answer.
  ///
  /// This is the only place that decides what is right: a score above the middle of the reward's declared range. The
  /// middle itself is wrong.
  ///
  /// - Parameter range: of the reward that gave the verdict.
  package func outcome(in range: ClosedRange<Double>) -> Outcome {
    switch status {
    case .scored(let score): score > range.middle ? .right : .wrong
    case .abstained: .abstained
    case .failed: .failed
    case .timedOut: .timedOut
    }
  }
}

extension ClosedRange<Double> {
  /// Halfway between the bounds; a score above it counts as right.
  package var middle: Double { lowerBound / 2 + upperBound / 2 }
}

/// What became of an answer: right, wrong, or no verdict and why there is none.
package enum Outcome: String, Sendable, CaseIterable {
  /// The reward scored it above the middle of its range.
  case right
  /// The reward scored it at or below the middle of its range.
  case wrong
  /// The reward could not tell.
  case abstained
  /// The reward failed on it, or there was no answer to judge.
  case failed
  /// The reward reached a deadline.
  case timedOut = "timed_out"

  /// Whether a reward gave a score: the answer is right or wrong.
  package var isVerdict: Bool { self == .right || self == .wrong }

  /// Why there is no verdict, as one clause that can be counted; nil when there is one.
  ///
  /// - Parameters:
  ///   - reason: why the row failed or timed out.
  ///   - notes: the reward's notes, which explain an abstention.
  package func unscoredReason(_ reason: String, notes: [Note]) -> String? {
    switch self {
    case .right, .wrong: nil
    case .abstained:
      notes.isEmpty
        ? "abstains without a note" : "abstains: \(notes.map(\.message).joined(separator: "; "))"
    case .failed: "fails: \(reason)"
    case .timedOut: "times out: \(reason)"
    }
  }
}

/// A reward's note on an answer.
package struct Note: Sendable, Equatable {
  /// How severe a note is.
  package enum Severity: String, Sendable, CaseIterable {
    /// Worth knowing.
    case info
    /// Perhaps wrong.
    case warning
    /// Wrong.
    case fault
  }

  /// A stable word for machines; may be empty.
  package var code: String
  /// A sentence for people.
  package var message: String
  /// How grave it is.
  package var severity: Severity
  /// The bytes of the completion that it is about; nil when it is about the whole.
  package var range: Range<Int>?

  /// A note.
  package init(_ message: String, code: String = "", severity: Severity = .info, range: Range<Int>? = nil) {
    self.code = code
    self.message = message
    self.severity = severity
    self.range = range
  }
}

extension Verdict: CustomStringConvertible {
  /// One line for people: the score or why there is none, the answer that was found, the notes.
  package var description: String {
    let found = extracted.isEmpty ? [] : ["answer '\(extracted)'"]
    let head = score.map { "scored \($0)" } ?? unscoredReason ?? ""
    let messages = status == .abstained ? [] : notes.map(\.message)
    return ([head] + found + messages).joined(separator: "; ")
  }
}

extension Verdict {
  /// Why there is no score, as one clause that can be counted; nil when there is one.
  package var unscoredReason: String? {
    switch status {
    case .scored: nil
    case .abstained: Outcome.abstained.unscoredReason("", notes: notes)
    case .failed(let reason): Outcome.failed.unscoredReason(reason, notes: notes)
    case .timedOut(let reason): Outcome.timedOut.unscoredReason(reason, notes: notes)
    }
  }
}

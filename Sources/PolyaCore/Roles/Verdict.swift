/// What a reward says about an answer. The lack of a score is never a zero.
package struct Verdict: Sendable, Equatable {
  /// A score, or why there is none.
  package enum Status: Sendable, Equatable {
    /// The score, within the reward's declared range.
    case scored(Double)
    /// The reward cannot tell, which is not the same as "wrong".
    case abstained
    /// The row failed for the given technical reason.
    case failed(String)
    /// The reward reached a deadline before it could tell; the text is its explanation.
    case timedOut(String)
  }

  /// The score, or why there is none.
  package var status: Status
  /// The reward's confidence in its score, in 0...1; nil if not stated.
  package var confidence: Double?
  /// The values of the reward's components, NaN where one is missing; empty if the reward gave none.
  package var components: [Double]
  /// The text that was taken as the final answer; empty if none was found.
  package var extracted: String
  /// The reward's notes.
  package var notes: [Note]
  /// The reward's own structured details; nil if it gave none.
  package var details: JSON?

  /// Creates a verdict.
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

  /// Returns a verdict with a score.
  package static func scored(
    _ score: Double, extracted: String = "", notes: [Note] = [], components: [Double] = [],
    confidence: Double? = nil
  ) -> Verdict {
    Verdict(
      .scored(score), confidence: confidence, components: components, extracted: extracted, notes: notes)
  }

  /// Returns a verdict without a score because the reward cannot tell.
  package static func abstained(notes: [Note] = []) -> Verdict { Verdict(.abstained, notes: notes) }

  /// Returns a verdict without a score because the row failed.
  package static func failed(_ reason: String) -> Verdict { Verdict(.failed(reason)) }

  /// The score, or nil if there is none.
  package var score: Double? {
    // Inlining this into other modules crashes the ownership verifier of the Swift 6.3.1 optimizer.
    @inline(never) get { if case .scored(let score) = status { score } else { nil } }
  }

  /// Why the row failed or timed out; empty for a score or an abstention.
  package var reason: String {
    switch status {
    case .failed(let reason), .timedOut(let reason): reason
    case .scored, .abstained: ""
    }
  }

  /// Returns whether the answer is right, wrong, or has no verdict.
  ///
  /// This is the only place that decides what is right: a score above the middle of the reward's declared
  /// range. The middle itself counts as wrong.
  ///
  /// - Parameter range: The declared range of the reward that gave the verdict.
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
  /// The midpoint of the range; a score above it counts as right.
  package var middle: Double { lowerBound / 2 + upperBound / 2 }
}

/// The outcome of an answer: right, wrong, or the reason for having no verdict.
package enum Outcome: String, Sendable, CaseIterable {
  /// The score is above the middle of the reward's range.
  case right
  /// The score is at or below the middle of the reward's range.
  case wrong
  /// The reward could not tell.
  case abstained
  /// The reward failed on the answer, or there was no answer to judge.
  case failed
  /// The reward reached a deadline.
  case timedOut = "timed_out"

  /// Whether the reward gave a score, so that the answer is right or wrong.
  package var isVerdict: Bool { self == .right || self == .wrong }

  /// Returns why there is no verdict, as one clause suitable for counting; nil if there is a verdict.
  ///
  /// - Parameters:
  ///  - reason: Why the row failed or timed out.
  ///  - notes: The reward's notes, which explain an abstention.
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

/// A note of a reward on an answer.
package struct Note: Sendable, Equatable {
  /// The severity of a note.
  package enum Severity: String, Sendable, CaseIterable {
    /// Information that is worth knowing.
    case info
    /// A possible error.
    case warning
    /// A definite error.
    case fault
  }

  /// A stable identifier for programs; may be empty.
  package var code: String
  /// A sentence for people.
  package var message: String
  /// How severe the note is.
  package var severity: Severity
  /// The range of bytes of the completion that the note concerns; nil for the whole completion.
  package var range: Range<Int>?

  /// Creates a note.
  package init(_ message: String, code: String = "", severity: Severity = .info, range: Range<Int>? = nil) {
    self.code = code
    self.message = message
    self.severity = severity
    self.range = range
  }
}

extension Verdict: CustomStringConvertible {
  /// One line for people: the score or why there is none, the extracted answer, and the notes.
  package var description: String {
    let found = extracted.isEmpty ? [] : ["answer '\(extracted)'"]
    let head = score.map { "scored \($0)" } ?? unscoredReason ?? ""
    let messages = status == .abstained ? [] : notes.map(\.message)
    return ([head] + found + messages).joined(separator: "; ")
  }
}

extension Verdict {
  /// Why there is no score, as one clause suitable for counting; nil if there is a score.
  package var unscoredReason: String? {
    switch status {
    case .scored: nil
    case .abstained: Outcome.abstained.unscoredReason("", notes: notes)
    case .failed(let reason): Outcome.failed.unscoredReason(reason, notes: notes)
    case .timedOut(let reason): Outcome.timedOut.unscoredReason(reason, notes: notes)
    }
  }
}

package import PolyaCore

/// A verdict with its outcome, in the form that every record uses.
///
/// Empty parts are left out of the stored form.
package struct VerdictRecord: Sendable, Equatable {
  /// The outcome of the answer.
  package var outcome: Outcome
  /// The score, within the reward's declared range; nil if there is no verdict.
  package var score: Double?
  /// The reward's confidence, 0...1; nil if not stated.
  package var confidence: Double?
  /// The components of the score, by the reward's names. Missing components are left out.
  package var components: [Component]
  /// The text that was taken as the final answer; empty if none was found.
  package var extracted: String
  /// The reward's notes.
  package var notes: [Note]
  /// Why the row failed or timed out; empty otherwise.
  package var reason: String
  /// The reward's own structured details; nil if it gave none.
  package var details: JSON?

  /// A component of a score.
  package struct Component: Sendable, Equatable {
    /// The reward's name for the component.
    package var name: String
    /// The value, always finite.
    package var value: Double

    /// Creates a component.
    package init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Creates a verdict from its parts.
  package init(
    _ outcome: Outcome, score: Double? = nil, confidence: Double? = nil, components: [Component] = [],
    extracted: String = "", notes: [Note] = [], reason: String = "", details: JSON? = nil
  ) {
    self.outcome = outcome
    self.score = score
    self.confidence = confidence
    self.components = components
    self.extracted = extracted
    self.notes = notes
    self.reason = reason
    self.details = details
  }

  /// Creates the stored form of a verdict.
  ///
  /// - Parameter reward: The reward that gave the verdict; its range decides what is right.
  package init(_ verdict: Verdict, of reward: any Reward) {
    self.init(
      verdict.outcome(in: reward.range), score: verdict.score, confidence: verdict.confidence,
      components: zip(reward.components, verdict.components).filter { $1.isFinite }.map(Component.init),
      extracted: verdict.extracted, notes: verdict.notes, reason: verdict.reason, details: verdict.details)
  }

  /// Why there is no verdict, as one clause suitable for counting; nil if there is a verdict.
  package var unscoredReason: String? { outcome.unscoredReason(reason, notes: notes) }

  /// The stored fields.
  package var members: JSON.Members {
    var members: JSON.Members = ["outcome": .string(outcome.rawValue)]
    members["score"] = score.map { JSON($0) }
    members["confidence"] = confidence.map { JSON($0) }
    if !components.isEmpty {
      members["components"] = .object(JSON.Members(components.map { ($0.name, JSON($0.value)) }))
    }
    if !extracted.isEmpty { members["extracted"] = .string(extracted) }
    if !notes.isEmpty { members["notes"] = .array(notes.map(\.json)) }
    if !reason.isEmpty { members["reason"] = .string(reason) }
    members["details"] = details
    return members
  }

  /// Reads the stored fields; throws `corrupt` if they are invalid.
  init(_ fields: RecordFields) throws {
    let json = fields.json
    self.init(
      try fields.choice("outcome"), score: json["score"]?.real, confidence: json["confidence"]?.real,
      extracted: json["extracted"]?.string ?? "",
      notes: try (json["notes"]?.array ?? []).map { try Note($0) },
      reason: json["reason"]?.string ?? "", details: json["details"])
    if case .object(let members)? = json["components"] {
      components = members.compactMap { name, value in value.real.map { Component(name: name, value: $0) } }
    }
  }
}

extension Note {
  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = ["message": .string(message), "severity": .string(severity.rawValue)]
    if !code.isEmpty { members["code"] = .string(code) }
    members["begin"] = range.map { JSON($0.lowerBound) }
    members["end"] = range.map { JSON($0.upperBound) }
    return .object(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "note")
    var range: Range<Int>?
    if json["begin"] != nil {
      let (begin, end) = (try fields.integer("begin"), try fields.integer("end"))
      guard begin <= end else {
        throw PolyaError(.corrupt, "a note has the invalid byte range \(begin)..<\(end)")
      }
      range = begin..<end
    }
    self.init(
      try fields.string("message"), code: json["code"]?.string ?? "",
      severity: try fields.choice("severity"), range: range)
  }
}

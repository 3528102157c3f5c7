package import PolyaCore

/// A candidate about which two verifiers disagree.
package struct DisagreementRecord: Sendable, Equatable {
  /// An id "KEY:number", unique over all runs.
  package var id: String
  /// The id of the candidate.
  package var parents: [String]
  /// The bare question.
  package var question: String
  /// The gold answer of the task.
  package var reference: String
  /// The candidate's solution.
  package var answer: String
  /// The verdicts of the two verifiers.
  package var first, second: VerdictRecord

  /// Creates a disagreement about a candidate.
  package init(id: String, candidate: CandidateRecord, first: VerdictRecord, second: VerdictRecord) {
    self.id = id
    parents = [candidate.id]
    question = candidate.task.question
    reference = candidate.task.reference
    answer = candidate.answer
    self.first = first
    self.second = second
  }

  /// The stored form.
  package var json: JSON {
    RecordKind.disagreement.form([
      "id": .string(id), "parents": .array(parents.map { .string($0) }), "question": .string(question),
      "reference": .string(reference), "answer": .string(answer), "first": .object(first.members),
      "second": .object(second.members),
    ])
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .disagreement)
    id = try fields.string("id")
    parents = try fields.strings("parents")
    question = try fields.string("question")
    reference = try fields.string("reference")
    answer = try fields.string("answer")
    first = try VerdictRecord(RecordFields(json: try fields.object("first"), kind: "verdict"))
    second = try VerdictRecord(RecordFields(json: try fields.object("second"), kind: "verdict"))
  }
}

package import PolyaCore

/// A candidate on which two verifiers differ.
package struct DisagreementRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  package var id: String
  /// The candidate's id.
  package var parents: [String]
  /// What was asked.
  package var question: String
  /// The task's gold answer.
  package var reference: String
  /// The candidate's solution.
  package var answer: String
  /// What each verifier says.
  package var first, second: VerdictRecord

  /// A disagreement.
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

  /// Reads the stored form.
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

import Foundation
import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

/// What is written is read again as it was; what another polya wrote is read or refused with what to do.
struct RecordSchemaTests {
  /// Through text, as a shard has it.
  private func stored(_ json: JSON) throws -> JSON { try JSONParser.parse(json.compact) }

  @Test func recordsComeBackAsTheyWere() throws {
    typealias Samples = RecordSamples
    for (verdict, task, isFull) in [
      (Samples.verdict, Samples.task, true), (VerdictRecord(.failed), Samples.bareTask, false),
      (VerdictRecord(.abstained, notes: [Note("x", severity: .fault)]), Samples.task, false),
      (VerdictRecord(.timedOut, reason: "slow"), Samples.task, true),
    ] {
      let candidate = Samples.candidate(verdict, task, isFull: isFull)
      #expect(try CandidateRecord(try stored(candidate.json)) == candidate)
    }
    for isFull in [true, false] {
      let rollout = Samples.rollout(isFull: isFull)
      #expect(try RolloutRecord(try stored(rollout.json)) == rollout)
    }
    for isFull in [true, false] {
      let evaluation = Samples.evaluation(isFull: isFull)
      #expect(try EvaluationRecord(try stored(evaluation.json)) == evaluation)
    }
    #expect(try TrainingRecord(try stored(Samples.training.json)) == Samples.training)
    #expect(try DisagreementRecord(try stored(Samples.disagreement.json)) == Samples.disagreement)
    #expect(try ResultsRecord(try stored(Samples.results.json)) == Samples.results)
    #expect(try RunRecord(try stored(Samples.run.json)) == Samples.run)
    let metric = MetricRecord(stage: "s", step: 3, name: .loss, value: 0.5)
    #expect(try MetricRecord(line: metric.line, of: "f") == metric)
    let none = MetricRecord(stage: "s", step: 3, name: .loss, value: .infinity)
    #expect(try MetricRecord(line: none.line, of: "f").value.isNaN, "JSON has no infinity")
  }

  private func refusal(_ body: () throws -> Void) -> PolyaError? {
    #expect(throws: PolyaError.self) { try body() }
  }

  @Test func whatCannotBeReadIsRefused() throws {
    let old = refusal { _ = try RolloutRecord(try JSONParser.parse(#"{"id":"k:1","reward":1.0}"#)) }
    #expect(old?.code == .corrupt && old?.description.contains("run the manifest again") == true)
    var newer = RecordSamples.training.json
    if case .object(var members) = newer {
      members["record"] = "training/999"
      newer = .object(members)
    }
    #expect(refusal { _ = try TrainingRecord(newer) }?.description.contains("a newer polya wrote") == true)
    let other = refusal { _ = try CandidateRecord(RecordSamples.training.json) }
    #expect(other?.description.contains("'candidate/") == true)
  }

  @Test func aDamagedFieldIsNamed() throws {
    for field in ["seed", "outcome", "tokens", "task"] {
      guard
        case .object(var members) = RecordSamples.candidate(
          RecordSamples.verdict, RecordSamples.task, isFull: true
        ).json
      else { return }
      members[field] = 7
      let error = refusal { _ = try CandidateRecord(.object(members)) }
      #expect(error?.code == .corrupt && error?.message.contains("'\(field)'") == true, "\(field)")
    }
  }

  /// What other programs read of a run has the figures alone.
  @Test func theExportHasNoForm() throws {
    guard case .object(let members) = RecordSamples.results.exported else { return }
    #expect(members.map(\.key) == ["scores", "comparisons", "coverage", "measures", "contamination"])
  }
}

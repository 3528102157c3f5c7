import Foundation
import PolyaKit
import Testing

@testable import ChoiceReward

/// Answers labelled by people: those of somebody who had not seen the reward, and those of public reports of graders' failures.
struct IndependentCasesTests {
  private struct Row: Decodable {
    var `class`, question, completion, reference, kind: String
    var choices: [String]?
    var expected: Bool
  }

  private struct Count {
    var accepted: [String] = []
    var refused: [String] = []
    var undecided = 0

    mutating func add(_ item: RewardItem, expected: Bool, from name: String) {
      switch ChoiceAnswerReward().verdict(on: item) {
      case .abstain: undecided += 1
      case .scored(let score):
        if score.value == 1, !expected { accepted.append("\(name): \(item.completion.suffix(80))") }
        if score.value == 0, expected { refused.append("\(name): \(item.completion.suffix(80))") }
      }
    }
  }

  private func item(
    _ question: String, _ completion: String, _ reference: String, _ kind: String, _ choices: [String]?
  ) -> RewardItem {
    let metadata = choices.map { JSON.object([("choices", .array($0.map { .string($0) }))]).text }
    return RewardItem(
      id: 1, question: question, completion: completion, reference: reference, referenceKind: kind,
      metadataJSON: metadata ?? "")
  }

  /// At first sight 293 of the first 349 were right and 8 wrong ones accepted, and 102 of the last 111 with none; kinds were
  /// repaired by them. The counts
  /// may only fall; no rule is to be fitted to a row.
  @Test func verdictsDoNotGetWorse() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/independent.jsonl")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.count == 460)
    var count = Count()
    for row in rows {
      let item = item(row.question, row.completion, row.reference, row.kind, row.choices)
      count.add(item, expected: row.expected, from: row.class)
    }
    #expect(count.accepted.isEmpty, "\(count.accepted.joined(separator: "\n"))")
    #expect(count.refused.count <= 3, "\(count.refused.joined(separator: "\n"))")
    #expect(count.undecided <= 6)
  }

  @Test(SharedData.isPresent) func agreesWithTheFieldsReports() throws {
    let rows = try SharedData.rows("grading/field.jsonl").filter {
      $0["kind"] as? String == "choice" && $0["arguable"] as? Bool != true
    }
    #expect(rows.count == 72)
    var count = Count()
    for row in rows {
      let choices = (row["meta"] as? [String: Any])?["choices"] as? [String]
      let item = item(
        row["question"] as? String ?? "", try #require(row["completion"] as? String),
        try #require(row["gold"] as? String), try #require(row["reference_kind"] as? String), choices)
      count.add(item, expected: try #require(row["expected"] as? Bool), from: row["class"] as? String ?? "")
    }
    #expect(count.accepted.isEmpty && count.refused.isEmpty && count.undecided == 0, "\(count)")
  }
}

import Foundation
import MathReward
import Testing

/// Rows of somebody who had read the README and neither source nor tests, labelled by what they mean. Some classes were written
/// after a failure was seen, so the counts are no error rates; of the last 665, 610 were right at first sight and 6 wrong ones
/// accepted. They may only fall; no rule is to be fitted to a row.
struct IndependentCasesTests {
  private struct Row: Decodable {
    var `class`, completion, reference: String
    var expected: Bool
  }

  @Test func verdictsDoNotGetWorse() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/independent.jsonl")
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    #expect(rows.count == 3_556)
    let grader = MathGrader()
    var (accepted, refused, undecided): ([String], Int, Int) = ([], 0, 0)
    for row in rows {
      switch grader.grade(completion: row.completion, reference: row.reference).verdict {
      case .right where !row.expected:
        accepted.append("\(row.class): \(row.completion.suffix(60)) for \(row.reference)")
      case .wrong where row.expected: refused += 1
      case .abstain: undecided += 1
      default: break
      }
    }
    #expect(accepted.count <= 25, "\(accepted.joined(separator: "\n"))")
    #expect(refused <= 95, "\(refused) right ones are refused")
    #expect(undecided <= 2)
  }
}

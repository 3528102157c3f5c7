import Foundation
import MathReward
import PolyaTestSupport
import Testing

/// Golds of MATH, GSM8K and others, rewritten so that they stay what they are, and changed so that they do not: pairs whose verdict
/// is known without a grader. `Tests/Fixtures/metamorphic.py` makes them from a seed.
struct MetamorphicTests {
  private struct Pair: Decodable {
    var gold, completion, how: String
    var right: Bool
  }

  @Test(SharedData.isPresent) func rewritingsStayRightAndChangesDoNot() throws {
    guard try Toolchain.has("python3") else { return }
    let script = Repository.root.appending(path: "Tests/Fixtures/metamorphic.py").path
    let folder = try TemporaryFolder()
    let file = folder.path("pairs.jsonl")
    let made = try Command.run(
      "/usr/bin/env",
      ["bash", "-c", "python3 \"$0\" \"$1\" 1 >\"$2\"", script, try #require(SharedData.folder).path, file])
    #expect(made.status == 0, "\(made.errors)")
    let grader = MathGrader()
    var counts = [true: 0, false: 0]
    var faults: [String] = []
    var undecided = 0
    let decoder = JSONDecoder()
    for line in try Data(contentsOf: URL(filePath: file)).split(separator: UInt8(ascii: "\n")) {
      let pair = try decoder.decode(Pair.self, from: line)
      counts[pair.right, default: 0] += 1
      switch grader.grade(completion: pair.completion, reference: pair.gold).verdict {
      case .abstain: undecided += 1
      case .right where !pair.right, .wrong where pair.right:
        faults.append("\(pair.how): \(pair.gold), \(pair.completion)")
      default: break
      }
    }
    #expect(counts[true, default: 0] > 100_000 && counts[false, default: 0] > 100_000)
    #expect(faults.isEmpty, "\(faults.count): \(faults.prefix(20).joined(separator: "\n"))")
    #expect(undecided == 0)
  }
}

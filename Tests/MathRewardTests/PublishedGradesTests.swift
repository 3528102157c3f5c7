import MathReward
import Testing

/// Verdicts that others published, over whole data sets.
struct PublishedGradesTests {
  private let grader = MathGrader()

  @Test(SharedData.isPresent)
  func agreesWithGSM8KOnAllExampleSolutions() throws {
    var graded = 0
    for row in try SharedData.rows("gsm8k/example_model_solutions.jsonl") {
      let reference = try #require(row["ground_truth"] as? String)
      for case let model as [String: Any] in row.values {
        let solution = try #require(model["solution"] as? String)
        let isCorrect = try #require(model["is_correct"] as? Bool)
        let verdict = grader.grade(completion: solution, reference: reference).verdict
        #expect(
          verdict == (isCorrect ? .right : .wrong), "\(solution.suffix(60)) against \(reference.suffix(20))")
        graded += 1
      }
    }
    #expect(graded == 5_276)
  }

  @Test(SharedData.isPresent, arguments: [("gsm8k/train.jsonl", 7_473), ("gsm8k/test.jsonl", 1_319)])
  func findsEveryGSM8KReferenceRight(path: String, count: Int) throws {
    let rows = try SharedData.rows(path)
    #expect(rows.count == count)
    for row in rows {
      let solution = try #require(row["answer"] as? String)
      let marker = try #require(solution.ranges(of: "#### ").last)
      let answer = String(solution[marker.upperBound...])
      #expect(grader.grade(completion: solution, reference: answer).verdict == .right)
      #expect(grader.grade(completion: answer, reference: solution).verdict == .right)
    }
  }

  /// Every pair was built to be equal or unequal from a MATH-500 answer, so that there is no doubt about any.
  @Test(SharedData.isPresent)
  func agreesOnAllPairsDerivedFromMATH() throws {
    let rows = try SharedData.rows("grading/derived.jsonl")
    #expect(rows.count > 1_000)
    for row in rows {
      let reference = try #require(row["gold"] as? String)
      let completion = try #require(row["pred"] as? String)
      let isEqual = try #require(row["expected"] as? Bool)
      let verdict = grader.grade(completion: completion, reference: reference).verdict
      #expect(verdict == (isEqual ? .right : .wrong), "\(completion) against \(reference)")
    }
  }

  /// Cases of the other graders' own tests. Without algebra not all can be right; none may be right that should not.
  /// The one exception writes a formula over several lines, which their pattern misses and ours reads.
  @Test(SharedData.isPresent)
  func acceptsNoPublishedCounterexample() throws {
    for row in try SharedData.rows("grading/cases.jsonl") where row["expected"] as? Bool == false {
      let reference = try #require(row["gold"] as? String)
      let completion = try #require(row["pred"] as? String)
      guard completion != "Answer \\( \n 9 \n \\)" else { continue }
      let verdict = grader.grade(completion: completion, reference: reference).verdict
      #expect(verdict != .right, "\(completion) against \(reference)")
    }
  }
}

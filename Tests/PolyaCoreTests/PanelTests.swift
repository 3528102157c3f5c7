import PolyaCore
import Testing

/// Gives the same verdict on every answer.
private final class Fixed: Reward {
  let id: String
  let range: ClosedRange<Double>
  private let verdict: Verdict

  init(_ verdict: Verdict, range: ClosedRange<Double> = 0...1, id: String = "fixed") {
    self.verdict = verdict
    self.range = range
    self.id = id
  }

  func score(_ answers: [Answer], seed: UInt64) -> [Verdict] { answers.map { _ in verdict } }
}

struct PanelTests {
  private static let other = Verdict.abstained(notes: [Note("not mine", code: Panel.otherKind)])
  private static let unsure = Verdict.abstained(notes: [Note("two answers", code: "two-answers")])
  private static let (right, wrong, broken) = (
    Verdict.scored(1), Verdict.scored(0), Verdict.failed("no file")
  )

  private func outcome(_ rule: Panel.Rule, _ verdicts: [Verdict]) throws -> Outcome {
    let panel = Panel(verdicts.enumerated().map { ("m\($0)", Fixed($1)) }, rule: rule)
    let answer = Answer(
      id: 0, groupID: 0, task: Task(key: "t", question: "", reference: "", referenceKind: "math"),
      completion: [])
    return try #require(try panel.score([answer], seed: 0).first).outcome(in: panel.range)
  }

  @Test(arguments: [
    (Panel.Rule.first, [other, right, wrong], Outcome.right), (.first, [unsure, wrong, right], .wrong),
    (.first, [other, unsure], .abstained), (.first, [other, other], .abstained),
    // What failed might have had a verdict, and the next one does not hide that.
    (.first, [broken, right], .failed), (.first, [right, broken], .right),
    (.all, [right, right], .right), (.all, [right, wrong], .wrong), (.all, [right, unsure], .abstained),
    (.all, [unsure, wrong], .wrong), (.all, [right, broken], .failed), (.all, [right, other], .right),
    (.all, [other, other], .abstained),
    (.any, [wrong, right], .right), (.any, [wrong, wrong], .wrong), (.any, [wrong, unsure], .abstained),
    (.any, [broken, right], .right), (.any, [wrong, broken], .failed), (.any, [wrong, other], .wrong),
    (.majority, [right, right, wrong], .right), (.majority, [right, wrong, wrong], .wrong),
    (.majority, [right, wrong], .abstained), (.majority, [right, unsure, unsure], .abstained),
    (.majority, [right, right, broken], .right), (.majority, [right, unsure, broken], .failed),
    (.majority, [other, right], .right),
  ])
  func theRuleDecides(_ rule: Panel.Rule, _ verdicts: [Verdict], _ wanted: Outcome) throws {
    #expect(try outcome(rule, verdicts) == wanted)
  }

  /// Scores of other ranges are shares of them, and every member's is kept.
  @Test func scoresAreShares() throws {
    let members: [(name: String, reward: any Reward)] = [
      ("a", Fixed(.scored(5), range: -5...15)), ("b", Fixed(Self.other)), ("c", Fixed(.scored(0.25))),
    ]
    let answer = Answer(
      id: 0, groupID: 0, task: Task(key: "t", question: "", reference: "", referenceKind: ""), completion: [])
    func verdict(_ rule: Panel.Rule) throws -> Verdict {
      try #require(try Panel(members, rule: rule).score([answer], seed: 0).first)
    }
    #expect(try verdict(.first).score == 0.5)
    #expect(try verdict(.any).score == 0.5)
    #expect(try verdict(.all).score == 0.25)
    let components = try verdict(.first).components
    #expect(components[0] == 0.5 && components[1].isNaN && components[2] == 0.25)
    #expect(Panel(members, rule: .first).components == ["a", "b", "c"])
    #expect(Panel(members, rule: .first).id == "panel(first: fixed, fixed, fixed)")
  }

  @Test func notesNameTheMember() throws {
    let panel = Panel([("math", Fixed(Self.other)), ("choice", Fixed(Self.unsure))], rule: .first)
    let answer = Answer(
      id: 0, groupID: 0, task: Task(key: "t", question: "", reference: "", referenceKind: ""), completion: [])
    let verdict = try #require(try panel.score([answer], seed: 0).first)
    #expect(verdict.notes.map(\.message) == ["choice: two answers"])
  }
}

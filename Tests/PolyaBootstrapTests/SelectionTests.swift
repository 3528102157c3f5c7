import PolyaBootstrap
import PolyaCore
import PolyaRecords
import Testing

struct SelectionTests {
  private let random = Randomness(seed: 5)

  private func candidate(
    _ task: String, _ heuristic: String, _ sample: Int, _ outcome: Outcome = .right,
    text: String? = nil, adherence: Double? = nil
  ) -> CandidateRecord {
    CandidateRecord(
      id: "k:\(task)\(heuristic)\(sample)",
      task: Task(key: task, question: "q\(task)", reference: "1", referenceKind: "math"), strategy: "s",
      heuristic: heuristic, sample: sample, messages: [], prompt: "p",
      answer: text ?? " \(task)\(heuristic)\(sample)",
      tokens: [],
      finish: "stop", verdict: VerdictRecord(outcome, score: 1, extracted: "1"), adherence: adherence,
      seed: 0, model: "m")
  }

  private func selection(
    _ n: Int, outcome: Selection.OutcomeFilter = .right, short: Selection.WhenShort = .keep,
    questions: Int? = nil
  ) -> Selection {
    Selection(variants: n, outcome: outcome, whenShort: short, questions: questions, heuristics: nil)
  }

  private var pool: [CandidateRecord] {
    ["1", "2", "3"].flatMap { task in
      ["a", "b", "c", "d"].flatMap { name in (0..<3).map { candidate(task, name, $0) } }
    }
  }

  @Test func selectionsAreNested() {
    var before: Set<String> = []
    for n in [1, 2, 4, 8] {
      let chosen = Set(selection(n, short: .backfill).choose(from: pool, random: random).map(\.id))
      #expect(chosen.count == 3 * n)
      #expect(before.isSubset(of: chosen))
      before = chosen
    }
  }

  @Test func oneVariantForEachHeuristicComesFirst() {
    let chosen = selection(4).choose(from: pool, random: random)
    #expect(chosen.filter { $0.task.key == "1" }.map(\.heuristic).sorted() == ["a", "b", "c", "d"])
  }

  @Test func theFirstHeuristicDiffersBetweenTasks() {
    let many = (0..<40).flatMap { task in ["a", "b", "c", "d"].map { candidate("t\(task)", $0, 0) } }
    #expect(Set(selection(1).choose(from: many, random: random).map(\.heuristic)).count == 4)
  }

  @Test func bestAdherenceWins() {
    let pool = [
      candidate("1", "a", 0, adherence: 0.1), candidate("1", "a", 1, adherence: 0.9), candidate("1", "a", 2),
    ]
    #expect(selection(1).choose(from: pool, random: random).map(\.sample) == [1])
  }

  /// A right answer that the limit on tokens ended teaches to stop in the middle.
  @Test func truncatedAnswersAreLeftOutAndCounted() {
    var cut = candidate("1", "a", 0)
    (cut.finish, cut.tokens) = ("length", [7, 8])
    // An answer of an earlier turn, whole, of a dialog whose last turn was cut.
    var earlier = candidate("1", "b", 0)
    earlier.finish = "length"
    let group = [cut, earlier]
    var counts = Selection.Counts()
    let chosen = selection(9).variants(of: group, random: random, counting: &counts)
    #expect(chosen.map(\.heuristic) == ["b"] && counts.truncated == 1)
    var keeping = selection(9)
    keeping.truncated = .keep
    #expect(Set(keeping.choose(from: group, random: random).map(\.heuristic)) == ["a", "b"])
  }

  @Test func onlyWhatIsAskedForIsTaken() {
    let pool = [
      candidate("1", "a", 0, .wrong), candidate("1", "b", 0), candidate("1", "c", 0, .abstained),
      candidate("1", "d", 0, .failed),
    ]
    #expect(selection(9).choose(from: pool, random: random).map(\.heuristic) == ["b"])
    #expect(selection(9, outcome: .wrong).choose(from: pool, random: random).map(\.heuristic) == ["a"])
  }

  @Test func equalTextsCountOnce() {
    let pool = [candidate("1", "a", 0, text: " x"), candidate("1", "b", 0, text: " x")]
    #expect(selection(2).choose(from: pool, random: random).count == 1)
  }

  @Test func shortTasksAreKeptOrDroppedAsAsked() {
    let pool = [
      candidate("1", "a", 0), candidate("1", "a", 1), candidate("2", "a", 0), candidate("2", "b", 0),
    ]
    #expect(selection(2, short: .keep).choose(from: pool, random: random).count == 3)
    #expect(selection(2, short: .backfill).choose(from: pool, random: random).count == 4)
    #expect(selection(2, short: .drop).choose(from: pool, random: random).map(\.task.key) == ["2", "2"])
    #expect(selection(1, questions: 1).choose(from: pool, random: random).map(\.task.key) == ["1"])
  }

  @Test func trainingTextKeepsTheBareQuestion() throws {
    let template = try PromptTemplate(prompt: "Question: {question}\nAnswer:", target: " {solution}")
    var sampled = candidate("1", "a", 0)
    sampled.tokens = [7, 8, 2]
    let record = TrainingRecord(sampled, id: "n:0", template: template)
    #expect(record.prompt == "Question: q1\nAnswer:")
    #expect(record.completion == " 1a0")
    #expect(record.tokens == [7, 8, 2])
    // The model that learns from them says whether they stand for the target.
    sampled.finish = "length"
    let truncated = TrainingRecord(sampled, id: "n:0", template: template)
    #expect(truncated.tokens.isEmpty, "an answer without its end")
  }

  @Test func nearDuplicatesGoWhenAskedTo() {
    let pool = [
      candidate("1", "a", 0, text: "Ann has 3 apples and buys 4 more so she has 7 apples now in all"),
      candidate("1", "b", 0, text: "Ann has 3 apples and buys 4 more so she has 7 apples now in total"),
      candidate("1", "c", 0, text: "Work backwards from the end of the story to find 7"),
    ]
    var counts = Selection.Counts()
    var near = selection(3)
    near.duplicates = .near(0.6)
    #expect(near.variants(of: pool, random: random, counting: &counts).count == 2)
    #expect(counts.near == 1 && counts.exact == 0 && counts.short == 1)
    #expect(selection(3).choose(from: pool, random: random).count == 3)
    var kept = selection(2, short: .backfill)
    kept.duplicates = .keep
    let copies = [candidate("1", "a", 0, text: "x"), candidate("1", "a", 1, text: "x")]
    #expect(kept.choose(from: copies, random: random).count == 2)
  }

  @Test func diversityTakesWhatIsMostUnlike() {
    let pool = [
      candidate("1", "a", 0, text: "one two three four five six"),
      candidate("1", "a", 1, text: "seven eight nine ten eleven twelve"),
      candidate("1", "b", 0, text: "one two three four five seven"),
    ]
    var wide = selection(2)
    wide.prefer = .diversity
    let chosen = Set(wide.choose(from: pool, random: random).map(\.answer))
    #expect(chosen.contains("seven eight nine ten eleven twelve"))
    wide.variants = 1
    let first = wide.choose(from: pool, random: random).map(\.answer)
    #expect(chosen.isSuperset(of: first), "nested")
  }

  @Test func anArmMayBeOneStrategy() {
    var other = candidate("1", "star", 0)
    other.strategy = "polya.star"
    var arm = selection(4, short: .backfill)
    arm.strategies = ["polya.star"]
    #expect(arm.choose(from: [candidate("1", "a", 0), other], random: random).map(\.heuristic) == ["star"])
  }
}

import PolyaCore
import PolyaEvaluation
import PolyaRecords
import Testing

/// Scores of arms, kinds, and metrics other than pass@k.
struct ScoringTests {
  private func record(
    _ task: Int, right: Int, of samples: Int = 4, kind: String = "", cluster: String? = nil,
    votes: [(String, Bool, Int)]? = nil, greedy: EvaluationRecord.Greedy? = nil
  ) -> EvaluationRecord {
    EvaluationRecord(
      id: "k:\(task)", model: "m", tasks: "t", task: "q\(task)", kind: kind, prompt: "", scored: samples,
      correct: right, unscored: 0, reasons: UnscoredReasons(), meanTokens: 1, examples: [], cluster: cluster,
      votes: votes?.map { .init(answer: $0.0, isRight: $0.1, count: $0.2) }, greedy: greedy)
  }

  private func scores(_ metrics: [ScoreMetric], _ records: [EvaluationRecord]) throws -> [ScoreRecord] {
    try Scoring(metrics, seed: 1).scores(EvaluatedArm("m", records), tasks: "t")
  }

  @Test func samplesWithoutAnAnswerDoNotVote() throws {
    let found = try scores(
      [.majority(4)],
      [
        // One right answer against none: the blanks do not outvote it.
        record(0, right: 1, votes: [("7", true, 1)]), record(1, right: 0, votes: []),
        // A tie of one right and one wrong answer.
        record(2, right: 2, votes: [("7", true, 2), ("8", false, 2)]),
      ])
    #expect(found.map(\.metric) == ["maj@4"])
    #expect(found[0].value == 0.5 && found[0].questions == 3)
    // With answers that cannot be told apart, the questions that are left would be those with few right ones.
    #expect(
      try scores([.majority(4), .greedy], [record(0, right: 1), record(1, right: 0, votes: [])]).isEmpty)
  }

  @Test func greedyAnswersHaveAScoreOfTheirOwn() throws {
    let found = try scores(
      [.pass(1), .greedy],
      [
        record(0, right: 1, greedy: .init(scored: 1, correct: 1)),
        record(1, right: 1, greedy: .init(scored: 1, correct: 0)),
        record(2, right: 1, greedy: .init(scored: 0, correct: 0)),
      ])
    #expect(found.map(\.metric) == ["pass@1", "greedy"] && found.map(\.value) == [0.25, 0.5])
    #expect(found[1].questions == 2 && found[1].samples == 1)
  }

  @Test func kindsHaveScoresOfTheirOwn() throws {
    let records = [
      record(0, right: 4, kind: "math"), record(1, right: 0, kind: "code"), record(2, right: 2, kind: "math"),
      record(3, right: 1),
    ]
    let found = try scores([.pass(1)], records)
    #expect(found.map(\.kind) == [nil, "math", "code"])
    #expect(found.map(\.value) == [7.0 / 16, 0.75, 0] && found.map(\.questions) == [4, 2, 1])
    #expect(try scores([.pass(1)], records.filter { $0.kind == "math" }).map(\.kind) == [nil])
  }

  @Test func questionsOfOneSourceAreOne() throws {
    // Ten copies of each of eight questions say no more than the eight.
    let single = (0..<8).map { record($0, right: $0 % 3) }
    let copies = single.flatMap { question in
      (0..<10).map { record(10 * $0, right: question.correct, cluster: question.task) }
    }
    let (one, many) = (try scores([.pass(1)], single)[0], try scores([.pass(1)], copies)[0])
    #expect(abs(one.low - many.low) < 1e-12 && abs(one.high - many.high) < 1e-12 && many.questions == 80)
    // All from one source: no interval without width.
    let same = (0..<8).map { record($0, right: $0 % 3, cluster: "book") }
    let found = try scores([.pass(1)], same)[0]
    #expect(found.low < found.value && found.value < found.high && found.high <= 1)
    let other = same.map { record in
      var record = record
      record.correct = 4
      return record
    }
    let compared = try Scoring([.pass(1), .pass(2)], seed: 1).compare(
      EvaluatedArm("a", other), EvaluatedArm("b", same), tasks: "t")
    #expect(
      compared.count == 3 && compared.allSatisfy { $0.probability == 1 }, "one source can have either sign")
  }

  @Test func anArmIsTheMeanOfItsSeeds() throws {
    let seeds = [0, 1, 2].map { seed in
      ("m\(seed)", (0..<12).map { record($0, right: ($0 + 2 * seed) % 5) })
    }
    let arm = EvaluatedArm("arm", seeds: seeds)
    let scoring = Scoring([.pass(1), .pass(4)], seed: 1)
    let found = try scoring.scores(arm, tasks: "t")
    let mean = seeds.flatMap { $0.1 }.reduce(0.0) { $0 + Double($1.correct) / 4 } / 36
    #expect(abs(found[0].value - mean) < 1e-12 && found[0].seeds == ["m0", "m1", "m2"])
    #expect(found[0].low < mean && mean < found[0].high)
    // Seeds that differ in all questions alike widen the interval, which questions alone would not.
    let apart = [0, 4].map { right in ("s\(right)", (0..<50).map { record($0, right: right) }) }
    let wide = try scoring.scores(EvaluatedArm("arm", seeds: apart), tasks: "t")[0]
    #expect(wide.low == 0 && wide.high == 1 && wide.value == 0.5)
    let compared = try scoring.compare(
      EvaluatedArm("arm", seeds: apart), EvaluatedArm("b", apart[0].1), tasks: "t")
    #expect(compared[0].difference == 0.5 && compared[0].low == 0 && compared[0].probability > 0.4)
    #expect(compared.last?.metric == "pass@1..4" && (compared.last?.probability ?? 0) > 0.4)
    // Seed by seed, so that both sides have as many samples.
    let coverage = Scoring.coverage(
      EvaluatedArm("arm", seeds: apart), EvaluatedArm("b", apart[0].1), tasks: "t")
    #expect(coverage.map(\.first) == ["s0", "s4"] && coverage.map(\.second) == ["b", "b"])
    #expect(coverage.map(\.gained) == [0, 50] && coverage.allSatisfy { $0.lost.isEmpty })
  }

  /// Resamples of equal differences have no spread, so that the bootstrap would call one question certain.
  @Test(arguments: [(1, 1.0), (2, 0.5), (5, 0.0625)]) func fewQuestionsProveLittle(count: Int, least: Double)
    throws
  {
    let (all, none) = ((0..<count).map { record($0, right: 4) }, (0..<count).map { record($0, right: 0) })
    let scoring = Scoring([.pass(1), .pass(4)], seed: 1)
    let single = try scoring.compare(EvaluatedArm("a", all), EvaluatedArm("b", none), tasks: "t")
    #expect(single.map(\.probability) == [least, least, least])
    let arm = EvaluatedArm("a", seeds: [("x", all), ("y", all)])
    let seeds = try scoring.compare(arm, EvaluatedArm("b", none), tasks: "t")
    #expect(seeds.allSatisfy { $0.probability == least })
  }
}

import Testing

@testable import WordArithmetic

@Suite struct ProblemTests {
  let world: World

  init() throws { world = try World() }

  private func problems(_ split: Split, _ count: UInt64, seed: UInt64 = 1) -> [Problem] {
    (0..<count).map { world.problem(split: split, index: $0, seed: seed) }
  }

  @Test(arguments: Split.allCases) func `the text alone gives the answer`(split: Split) {
    for problem in problems(split, 1000) {
      #expect(Story(problem.question).answer == problem.answer, "\(problem.question)")
    }
  }

  @Test func `a problem is a function of split, index and seed`() {
    let forwards = problems(.train, 200)
    let backwards = (0..<200).reversed().map { world.problem(split: .train, index: UInt64($0), seed: 1) }
    #expect(forwards == backwards.reversed())
    #expect(forwards != problems(.train, 200, seed: 2))
  }

  /// Pins the world: a change of these lines changes every run that was made with it.
  @Test func `the world stays as it is`() {
    let first = world.problem(split: .train, index: 0, seed: 1)
    #expect(first.id == "share-2-bbb0e872709394d0")
    #expect(
      first.question
        == "4 friends shared 368 pens. One was Zoe. She used 38. How many does Zoe have now?")
  }

  @Test func `no split has the numbers of another, whatever the seed`() {
    var owner: [UInt64: Split] = [:]
    var seen: [String: Split] = [:]
    for split in Split.allCases {
      for seed: UInt64 in 1...5 {
        for problem in problems(split, 1000, seed: seed) {
          #expect(owner.updateValue(split, forKey: problem.facts.fingerprint) ?? split == split)
          #expect(seen.updateValue(split, forKey: problem.question) ?? split == split)
        }
      }
    }
  }

  @Test func `questions repeat no more than by chance`() {
    let train = problems(.train, 5000)
    #expect(Set(train.map(\.question)).count >= 4990)
    #expect(Set(train.map(\.id)).count == Set(train.map(\.question)).count)
  }

  @Test func `every kind and level comes up about equally often`() {
    let train = problems(.train, 14_000)
    let kinds = Dictionary(grouping: train, by: \.kind).mapValues(\.count)
    // Five standard deviations of a binomial count with p = 1/7.
    for kind in Kind.allCases { #expect(abs((kinds[kind] ?? 0) - 2000) < 208) }
    #expect(train.allSatisfy { $0.kind.steps.contains($0.steps) && $0.steps <= 3 })
    #expect(problems(.ood, 1000).allSatisfy { $0.steps >= 4 })
  }

  @Test func `there are a thousand possible answers`() {
    let answers = Set(problems(.train, 20_000).map(\.answer))
    #expect(answers.count > 1000)
    #expect(answers.allSatisfy { 10...1199 ~= $0 })
  }

  @Test(arguments: Split.allCases) func `small numbers have one or two digits`(split: Split) throws {
    let small = try World(numbers: .small)
    let drawn = (0..<2000).map { small.problem(split: split, index: $0, seed: 2) }
    for problem in drawn {
      #expect(Story(problem.question).answer == problem.answer, "\(problem.question)")
      #expect(2...30 ~= problem.answer && problem.facts.changes.allSatisfy { 2...9 ~= $0.magnitude })
      #expect(!problem.question.contains(/\d{3}/), "\(problem.question)")
    }
    #expect(Set(drawn.map(\.question)).count > 1900)
  }

  @Test func `options narrow the world`() throws {
    let narrow = try World(kinds: [.start, .pair], levels: [2, 4])
    #expect(narrow.splits == Split.allCases)
    let drawn = (0..<500).map { narrow.problem(split: .train, index: $0, seed: 3) }
    #expect(drawn.allSatisfy { [.start, .pair].contains($0.kind) && $0.steps == 2 })
    #expect(try World(levels: [1, 2]).splits == [.corpus, .train, .validation, .test])
    #expect(try World(kinds: [.pair], levels: [4]).splits == [.corpus, .ood])
  }

  @Test(arguments: Kind.allCases) func `a split of small numbers has problems, or is not offered`(kind: Kind)
    throws
  {
    for level in kind.steps {
      let small = try World(kinds: [kind], levels: [level], numbers: .small)
      for split in small.splits {
        let problem = small.problem(split: split, index: 1, seed: 9)
        #expect(problem.kind == kind && problem.steps == level)
      }
    }
  }

  @Test func `options that leave nothing are refused`() {
    #expect(throws: OptionError.nothing(["pair"], [1])) { try World(kinds: [.pair], levels: [1]) }
    #expect(throws: OptionError.kinds([])) { try World(kinds: []) }
    #expect(throws: OptionError.levels([6])) { try World(levels: [6]) }
    #expect(throws: OptionError.share("leak", 1.5)) { try World(leak: 1.5) }
    #expect(throws: OptionError.self) { try World(slips: .nan) }
  }
}

import Testing

@testable import WordArithmetic

@Suite struct DemonstrationTests {
  let world: World

  init() throws { world = try World() }

  private func problems(_ count: UInt64, of world: World? = nil) -> [Problem] {
    Split.allCases.flatMap { split in
      (0..<count).map { (world ?? self.world).problem(split: split, index: $0, seed: 4) }
    }
  }

  @Test(arguments: Heuristic.allCases, Magnitude.allCases)
  func `every equation is true`(heuristic: Heuristic, numbers: Magnitude) throws {
    let world = try World(numbers: numbers)
    var shown = 0
    for problem in problems(800, of: world) {
      guard let solution = world.demonstrate(problem, heuristic: heuristic) else { continue }
      shown += 1
      #expect(Equations(solution).untrue.isEmpty, "\(problem.question) \(solution)")
    }
    #expect(shown > 300)
  }

  @Test(arguments: Heuristic.allCases.filter { $0 != .plain }, Magnitude.allCases)
  func `every approach ends in the right answer`(heuristic: Heuristic, numbers: Magnitude) throws {
    let world = try World(numbers: numbers)
    for problem in problems(800, of: world) {
      guard let solution = world.demonstrate(problem, heuristic: heuristic) else { continue }
      #expect(solution.hasSuffix(".\n#### \(problem.answer)"), "\(problem.question) \(solution)")
    }
  }

  @Test func `approaches differ in what they calculate, not in words`() {
    var same = 0
    var pairs = 0
    for problem in problems(500) where problem.steps > 1 {
      let traces = Heuristic.allCases.filter { $0 != .plain && $0 != .stepByStep }
        .compactMap { world.demonstrate(problem, heuristic: $0) }.map { Equations($0).chains }
      for (index, trace) in traces.enumerated() {
        for other in traces[..<index] {
          pairs += 1
          same += trace == other ? 1 : 0
        }
      }
    }
    // Two short stories may need the same two sums whichever way one thinks of them.
    #expect(Double(same) < 0.06 * Double(pairs), "\(same) of \(pairs)")
  }

  @Test func `a kind has several approaches and each approach several problems`() {
    for kind in Kind.allCases {
      let known = Heuristic.allCases.filter { heuristic in
        problems(200).contains { $0.kind == kind && world.demonstrate($0, heuristic: heuristic) != nil }
      }
      #expect(known.count >= 3, "\(kind): \(known)")
    }
  }

  @Test func `habit is right on forward kinds and nearly always wrong on the others`() {
    for (kind, group) in Dictionary(grouping: problems(800), by: \.kind) {
      let right = group.count { world.habit($0, seed: 9).hasSuffix("#### \($0.answer)") }
      switch kind {
      case .chain, .compare, .share, .rate: #expect(right == group.count)
      case .start, .pair, .packed: #expect(Double(right) < 0.02 * Double(group.count))
      }
    }
  }

  @Test func `leak lets the fitting approach through at its rate`() throws {
    let leaky = try World(kinds: [.start, .pair, .packed], leak: 0.25)
    let drawn = (0..<4000).map { leaky.problem(split: .train, index: $0, seed: 5) }
    let right = drawn.count { leaky.habit($0).hasSuffix("#### \($0.answer)") }
    // Five standard deviations around 1000, and the guesses that happen to be right.
    #expect(863...1157 ~= right)
  }

  @Test func `slips spoil answers, and none leaves everything true`() throws {
    let careless = try World(kinds: [.chain], slips: 0.1)
    let drawn = (0..<4000).map { careless.problem(split: .train, index: $0, seed: 6) }
    let wrong = drawn.filter {
      careless.demonstrate($0, heuristic: .stepByStep)?.hasSuffix("#### \($0.answer)") == false
    }
    // One, two or three chances: 1 - (0.9 + 0.81 + 0.729) / 3 = 0.187, a little less as slips may cancel.
    #expect(0.15...0.22 ~= Double(wrong.count) / 4000)
    for problem in wrong {
      let solution = try #require(careless.demonstrate(problem, heuristic: .stepByStep))
      #expect(!Equations(solution).untrue.isEmpty)
    }
  }

  @Test func `steps depend on the problem, the guess of a habit on the seed`() throws {
    let problem = try World(kinds: [.start]).problem(split: .test, index: 0, seed: 1)
    #expect(
      world.demonstrate(problem, heuristic: .workingBackwards, seed: 1)
        == world.demonstrate(problem, heuristic: .workingBackwards, seed: 2))
    #expect(world.habit(problem, seed: 1) != world.habit(problem, seed: 2))
  }
}

import Foundation
import PolyaCore
import PolyaDialogue
import Testing

@testable import PolyaTraining

/// The teacher sees a prompt that ends with another letter than the question, so that its distribution is another row of the
/// same table: everything about the divergence is known.
struct SelfDistillationTests {
  /// Asks for the question with a letter behind it.
  private final class Suffix: Strategy {
    let id = "test.suffix"
    let heuristics = [Heuristic(id: "c", family: "", title: "", idea: "")]
    func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
      turns.map {
        .success(
          .ask(
            .init(
              messages: [Message(role: "user", content: $0.task.question + "c")], phase: "", stop: [],
              maxTokens: nil,
              temperature: nil, state: [])))
      }
    }
  }

  private func distillation(_ student: BigramModel, _ teacher: BigramModel, steps: Int) throws
    -> SelfDistillation
  {
    SelfDistillation(
      settings: .init(
        steps: steps, promptsPerStep: 2, groupSize: 64, sampling: Sampling(maxTokens: 1),
        schedule: Schedule(peak: 0.05, shape: .constant, warmup: 0), weightDecay: 0, clipNorm: 0,
        tokensPerMicrobatch: 100),
      student: student, teacher: teacher, approaches: try Approaches([Suffix()]),
      template: try PromptTemplate(prompt: "{question}", target: "{solution}"), random: Randomness(seed: 2))
  }

  private let tasks = ["a", "ba"].map { Task(key: $0, question: $0, reference: "", referenceKind: "") }

  private func divergence(_ student: BigramModel, _ teacher: BigramModel) -> Double {
    zip(student.logDistribution(after: 1), teacher.logDistribution(after: 3)).reduce(0) {
      $0 + exp($1.0) * ($1.0 - $1.1)
    }
  }

  /// The mean of d · ∇ log p over samples, against the sum over the drawn tokens written down once more.
  @Test func theGradientIsThatOfTheReverseDivergence() throws {
    let (student, teacher) = (BigramModel(vocabulary: 4, seed: 3), BigramModel(vocabulary: 4, seed: 3))
    let observer = RecordingObserver()
    _ = try distillation(student, teacher, steps: 1).run(
      tasks: tasks, observer: observer, after: .init(), keep: { _ in })
    let drawn = student.passes.joined().map { $0.tokens[$0.from] }
    #expect(drawn.count == 128)
    let (own, other) = (teacher.logDistribution(after: 1), teacher.logDistribution(after: 3))
    var expected = [0.0, 0, 0, 0]
    var kl = 0.0
    for token in drawn {
      let distance = own[Int(token)] - other[Int(token)]
      kl += distance / 128
      for index in expected.indices {
        expected[index] += distance * ((index == Int(token) ? 1 : 0) - exp(own[index])) / 128
      }
    }
    for (a, b) in zip(student.gradients[0][1], expected) { #expect(abs(a - b) < 1e-6) }
    #expect(abs(try #require(observer[.kl, 0]) - kl) < 1e-6)
    // All other rows are those of tokens that nothing was sampled after.
    #expect([0, 2, 3].allSatisfy { student.gradients[0][$0].allSatisfy { $0 == 0 } })
  }

  @Test func theStudentBecomesTheTeacher() throws {
    let (student, teacher) = (BigramModel(vocabulary: 4, seed: 3), BigramModel(vocabulary: 4, seed: 3))
    let before = divergence(student, teacher)
    let summary = try distillation(student, teacher, steps: 150).run(
      tasks: tasks, observer: RecordingObserver(), after: .init(), keep: { _ in })
    #expect(before > 0.1 && divergence(student, teacher) < before / 20)
    #expect(summary.steps == 150 && summary.tokens == 150 * 128 && summary.lastKL < summary.firstKL)
    #expect(teacher.state == BigramModel(vocabulary: 4, seed: 3).state, "the teacher stays")
  }

  @Test func anInterruptedDistillationGoesOn() throws {
    let (whole, teacher) = (BigramModel(vocabulary: 4, seed: 3), BigramModel(vocabulary: 4, seed: 3))
    let end = try distillation(whole, teacher, steps: 6).run(
      tasks: tasks, observer: RecordingObserver(), after: .init(), keep: { _ in })
    let begun = BigramModel(vocabulary: 4, seed: 3)
    var kept = SelfDistillation.Progress()
    #expect(throws: Interruption.self) {
      try distillation(begun, teacher, steps: 6).run(
        tasks: tasks, observer: RecordingObserver(), after: .init(),
        keep: {
          kept = $0
          if $0.steps == 2 { throw Interruption() }
        })
    }
    let rest = try distillation(begun, teacher, steps: 6).run(
      tasks: tasks, observer: RecordingObserver(), after: kept, keep: { _ in })
    #expect(rest == end && begun.state == whole.state)
  }
}

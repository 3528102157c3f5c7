import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaPipeline

/// Hears metrics.
private final class Listener: StageObserver {
  private(set) var values: [Double] = []

  func metric(_ name: MetricName, _ value: Double, step: Int) { values.append(value) }
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) {}
  func checkStop() {}
}

/// Is stored and loaded, and nothing else.
private final class StoredModel: LanguageModel {
  let info = ModelInfo(
    name: "stored", family: "test", device: "cpu", dtype: "", sharesForward: true, trains: true, chats: false,
    parameters: 0, vocabularySize: nil, contextLength: nil, bos: nil, eos: nil)

  func encode(_ texts: [String]) -> [[Int32]] { [] }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { [] }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] { [] }
  func generate(_ requests: [GenerationRequest]) -> [[Completion]] { [] }
  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] { [] }
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass { throw PolyaError(.plugin, "no") }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) {}
  func drop(_ pass: ForwardPass) {}
  func step(_ step: OptimizerStep) throws -> StepReport { throw PolyaError(.plugin, "no") }
  func save(to folder: String) throws { try FileBytes.create(folder + "/weights", with: [1]) }
  func load(from folder: String) throws { _ = try FileBytes.read(folder + "/weights") }
}

struct StageProgressTests {
  private let folder: TemporaryFolder
  private let model = StoredModel()

  init() throws { folder = try TemporaryFolder() }

  private func progress(_ listener: Listener, minutes: Double) -> StageProgress {
    StageProgress(folder: folder.url.path, observer: listener, minutes: minutes)
  }

  private func record(_ range: Range<Int>, _ progress: StageProgress) throws {
    for step in range {
      progress.metric(.init(rawValue: "loss"), Double(step), step: step)
      try progress.keep(model, step: step, state: ["step": JSON(step)])
    }
  }

  /// Metrics go to the file before progress is kept, so that they do not pile up; those of a process that died are not
  /// counted, whether it wrote them or not.
  @Test func aResumedStageHasTheMetricsOfItsKeptSteps() throws {
    let file = folder.path(".metrics.jsonl")
    try record(0..<3, progress(Listener(), minutes: 0))
    let kept = try FileBytes.read(file).count

    let died = Listener()
    let second = progress(died, minutes: 1e6)
    #expect(try second.resume(model)?.state["step"]?.integer == 2)
    #expect(died.values == [0, 1, 2])
    try record(3..<60_000, second)
    #expect(try FileBytes.read(file).count > kept + 1 << 20, "they wait in memory")

    let listener = Listener()
    let third = progress(listener, minutes: 0)
    _ = try #require(try third.resume(model))
    #expect(listener.values == [0, 1, 2])
    try record(3..<5, third)
    let last = Listener()
    _ = try progress(last, minutes: 0).resume(model)
    #expect(last.values == [0, 1, 2, 3, 4])
  }
}

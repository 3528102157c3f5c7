internal import CPolya
internal import CPolyaProcess
internal import PolyaCore

/// The call a worker is in: brings its results into the lane, where the host can read them.
///
/// Safety: `finished` may come from any thread of the plugin, but only once and alone for each row; `begin` and
/// `adoptAll` run between calls.
final class WorkerCall: @unchecked Sendable {
  weak var frame: CallFrame?
  private let lane: Lane
  private var function = PluginFunction.score
  private var output = PolyaRowsMut()
  private var marks: UnsafeMutablePointer<UInt8>?
  /// Of a reward's results, from its describe(); nil: this process has not asked yet.
  private(set) var componentCount: UInt64?

  init(lane: Lane) { self.lane = lane }

  var stop: PolyaStatus { lane.stop }

  func begin(_ function: PluginFunction, _ output: PolyaRowsMut, marks: UnsafeMutablePointer<UInt8>?) {
    self.function = function
    self.output = output
    self.marks = marks
  }

  /// Takes the number of components from what a reward says of itself.
  func learn(_ info: PolyaRewardInfo) { componentCount = info.components.count }

  /// A row is complete: from now on it outlives this process.
  func finished(_ row: UInt64) {
    guard row < output.count, let marks, !polyaIsMarked(marks + Int(row)) else { return }
    guard adopt(row) else { return }
    polya_mark(marks + Int(row))
    lane.beat()
  }

  private func polyaIsMarked(_ mark: UnsafeMutablePointer<UInt8>) -> Bool { polya_is_marked(mark) != 0 }

  /// Brings over what is not there yet; false: the lane is full.
  func adoptAll() -> Bool {
    (0..<output.count).allSatisfy { row in
      if let marks, polyaIsMarked(marks + Int(row)) { return true }
      return adopt(row)
    }
  }

  private func adopt(_ row: UInt64) -> Bool {
    guard let base = output.base, let frame else { return true }
    let place = base + Int(row) * Int(output.stride)
    var adoption = Adoption(lane: lane, frame: frame)
    switch function {
    case .describeStrategy:
      adoption.take(place, PolyaStrategyInfo.self) { $0.rows(&$1.heuristics, PolyaHeuristic.self) }
    case .next: adoption.take(place, PolyaStrategyMove.self) { $0.move(&$1) }
    case .segment, .judge: adoption.take(place, PolyaJudgement.self) { $0.judgement(&$1) }
    case .describeReward:
      adoption.take(place, PolyaRewardInfo.self) {
        $0.rows(&$1.components, PolyaComponent.self)
        componentCount = $1.components.count
      }
    case .score: adoption.take(place, PolyaRewardResult.self) { $0.result(&$1, componentCount ?? 0) }
    case .describeTasks: adoption.take(place, PolyaTasksInfo.self) { $0.info(&$1) }
    case .produce: adoption.take(place, PolyaTask.self) { $0.task(&$1) }
    case .demonstrate: adoption.take(place, PolyaDemonstration.self) { $0.text(&$1.solution) }
    case .info: adoption.take(place, PolyaModelInfo.self) { $0.info(&$1) }
    case .encode, .render: adoption.take(place, PolyaTokens.self) { $0.tokens(&$1) }
    case .decode: adoption.take(place, PolyaBytes.self) { $0.bytes(&$1) }
    case .generate: adoption.take(place, PolyaSample.self) { $0.sample(&$1) }
    case .embed: adoption.take(place, PolyaEmbedding.self) { $0.embedding(&$1) }
    case .scoreTokens, .forward, .backward, .drop, .step, .save, .load: break
    }
    return !adoption.isFull
  }
}

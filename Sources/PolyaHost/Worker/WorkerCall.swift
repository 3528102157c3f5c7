internal import CPolya
internal import CPolyaProcess
internal import PolyaCore

/// The current call of a worker, whose results it copies into the shared memory, where the host can read
/// them.
///
/// Safety: `finished` may be called from any thread of the plugin, but only once per row and for one row at a
/// time. `begin` and `copyAll` run between calls.
final class WorkerCall: @unchecked Sendable {
  weak var frame: CallFrame?
  private let shared: SharedMemory
  private var function = PluginFunction.score
  private var output = PolyaRowsMut()
  private var marks: UnsafeMutablePointer<UInt8>?
  /// The number of components in a reward's results, from its describe(); nil if this process has not asked
  /// yet.
  private(set) var componentCount: UInt64?

  init(shared: SharedMemory) { self.shared = shared }

  var stop: PolyaStatus { shared.stop }

  func begin(_ function: PluginFunction, _ output: PolyaRowsMut, marks: UnsafeMutablePointer<UInt8>?) {
    self.function = function
    self.output = output
    self.marks = marks
  }

  /// Takes the number of components from a reward's description.
  func learn(_ info: PolyaRewardInfo) { componentCount = info.components.count }

  /// Marks a row as complete, so that it survives the end of this process.
  func finished(_ row: UInt64) {
    guard row < output.count, let marks, !polyaIsMarked(marks + Int(row)) else { return }
    guard copy(row) else { return }
    polya_mark(marks + Int(row))
    shared.beat()
  }

  private func polyaIsMarked(_ mark: UnsafeMutablePointer<UInt8>) -> Bool { polya_is_marked(mark) != 0 }

  /// Copies the rows that are not yet copied; returns false if the shared memory is full.
  func copyAll() -> Bool {
    (0..<output.count).allSatisfy { row in
      if let marks, polyaIsMarked(marks + Int(row)) { return true }
      return copy(row)
    }
  }

  private func copy(_ row: UInt64) -> Bool {
    guard let base = output.base, let frame, let layout = function.shape.result else { return true }
    let place = base + Int(row) * Int(output.stride)
    var copier = ResultCopier(shared: shared, outside: componentCount ?? 0) {
      frame.allocate($0, 8, limited: true)
    }
    copier.copy(place, layout)
    if function == .describeReward { learn(place.load(as: PolyaRewardInfo.self)) }
    return !copier.isFull
  }
}

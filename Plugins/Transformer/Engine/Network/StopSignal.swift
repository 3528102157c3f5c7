internal import Synchronization
internal import TransformerFiles

/// Asks between pieces of work whether the call should end; once raised, it stays so for all threads.
final class StopSignal: Sendable {
  private let poll: @Sendable () -> Bool
  private let raised = Atomic<Bool>(false)

  /// For calls that nobody stops.
  static let never = StopSignal { false }

  /// `poll` is called from several threads.
  init(_ poll: @escaping @Sendable () -> Bool) { self.poll = poll }

  var isRaised: Bool {
    if raised.load(ordering: .relaxed) { return true }
    guard poll() else { return false }
    raise()
    return true
  }

  func raise() { raised.store(true, ordering: .relaxed) }

  func check() throws {
    if isRaised { throw TransformerError(.cancelled, "the call was stopped") }
  }
}

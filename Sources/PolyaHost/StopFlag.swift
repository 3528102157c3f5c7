internal import PolyaCore
internal import Synchronization

/// Set once, from any thread, when the user wants the work to end.
public final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Not set.
  public init() {}

  /// Asks everything that polls to end soon.
  public func set() { flag.store(true, ordering: .relaxed) }

  /// Whether it was set.
  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// - Throws: an `interrupted` error once set.
  public func check() throws {
    guard isSet else { return }
    throw PolyaError(.interrupted, "stopped on request", cure: "the same command goes on from here")
  }
}

internal import PolyaCore
internal import Synchronization

/// A flag that is set once, from any thread, when the user wants the work to end.
package final class StopFlag: Sendable {
  /// Identifies a registered action.
  struct Token { fileprivate let number: Int }

  private struct Listeners {
    var next = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let flag = Atomic<Bool>(false)
  private let listeners = Mutex(Listeners())

  /// Creates a flag that is not set.
  package init() {}

  /// Sets the flag, so that everything that polls it ends soon, and runs the registered actions.
  package func set() {
    flag.store(true, ordering: .relaxed)
    listeners.withLock { for action in $0.actions.values { action() } }
  }

  /// Whether the flag is set.
  package var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Throws `interrupted` if the flag is set.
  package func check() throws {
    guard isSet else { return }
    throw Self.interrupted
  }

  /// The error that a stopped call throws.
  static var interrupted: PolyaError {
    PolyaError(.interrupted, "stopped on request", hint: "run the same command again to resume")
  }

  /// Runs `action` when the flag is set, on the thread that sets it.
  func whenSet(_ action: @escaping @Sendable () -> Void) -> Token {
    listeners.withLock { listeners in
      listeners.next += 1
      listeners.actions[listeners.next] = action
      return Token(number: listeners.next)
    }
  }

  /// Unregisters an action. It does not run after this call returns.
  func withdraw(_ token: Token) { listeners.withLock { _ = $0.actions.removeValue(forKey: token.number) } }
}

internal import PolyaCore
internal import Synchronization

/// Set once, from any thread, when the user wants the work to end.
package final class StopFlag: Sendable {
  /// A request to be told.
  struct Token { fileprivate let number: Int }

  private struct Listeners {
    var next = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let flag = Atomic<Bool>(false)
  private let listeners = Mutex(Listeners())

  /// Not set.
  package init() {}

  /// Asks everything that polls to end soon, and tells those who wait to be told.
  package func set() {
    flag.store(true, ordering: .relaxed)
    listeners.withLock { for action in $0.actions.values { action() } }
  }

  /// Whether it was set.
  package var isSet: Bool { flag.load(ordering: .relaxed) }

  /// - Throws: an `interrupted` error once set.
  package func check() throws {
    guard isSet else { return }
    throw Self.interrupted
  }

  /// What a stopped call throws.
  static var interrupted: PolyaError {
    PolyaError(.interrupted, "stopped on request", hint: "the same command resumes from here")
  }

  /// Runs `action` when the flag is set, on the thread that sets it.
  func whenSet(_ action: @escaping @Sendable () -> Void) -> Token {
    listeners.withLock { listeners in
      listeners.next += 1
      listeners.actions[listeners.next] = action
      return Token(number: listeners.next)
    }
  }

  /// Once it returns, the action does not run any more.
  func withdraw(_ token: Token) { listeners.withLock { _ = $0.actions.removeValue(forKey: token.number) } }
}

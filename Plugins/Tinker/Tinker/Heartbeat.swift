internal import Dispatch
internal import PolyaKit
internal import Synchronization

/// Signs of life of a session, on a thread of their own, from its creation until ``end()``.
final class Heartbeat: Sendable {
  private let options: TinkerOptions
  private let session: String
  private let isOver = Atomic<Bool>(false)
  private let over = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// Seconds that one may take.
  private static let timeout = 10.0

  /// - Parameter interval: Seconds between two signs; the protocol's own clients use the same, and servers wait for 300.
  init(options: TinkerOptions, session: String, interval: Double = 10) {
    self.options = options
    self.session = session
    DispatchQueue(label: "polya.tinker.heartbeat").async { [self] in
      while over.wait(timeout: .now() + interval) == .timedOut { beat() }
      ended.signal()
    }
  }

  /// A failure says nothing that the next request would not say.
  private func beat() {
    let body: [(key: String, value: JSON)] = [
      ("session_id", .string(session)), ("type", .string("session_heartbeat")),
    ]
    do {
      _ = try options.service(timeout: Self.timeout).answer(to: "session_heartbeat", body) {
        isOver.load(ordering: .relaxed)
      }
    } catch { return }
  }

  /// Ends the signs and waits for the last one, which takes a tenth of a second at most.
  func end() {
    isOver.store(true, ordering: .relaxed)
    over.signal()
    ended.wait()
  }
}

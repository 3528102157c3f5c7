internal import Dispatch

/// Does one thing on a thread of its own while the caller does another.
enum Meanwhile {
  /// Both results, when both are done; the error of the caller's part comes first.
  ///
  /// Safety: nothing that `background` touches is used by `foreground`.
  static func run<A, B>(_ background: @escaping () throws -> A, _ foreground: () throws -> B) throws -> (A, B)
  {
    let queue = DispatchQueue(label: "polya.meanwhile")
    nonisolated(unsafe) let background = background
    nonisolated(unsafe) var result: Result<A, any Error>?
    let done = DispatchSemaphore(value: 0)
    queue.async {
      result = Result { try background() }
      done.signal()
    }
    let mine = Result { try foreground() }
    done.wait()
    guard let result else { preconditionFailure("work that ended without a result") }
    return (try result.get(), try mine.get())
  }
}

internal import Dispatch

/// Runs `background` on its own thread while the caller runs `foreground`, and waits for both.
///
/// - Returns: The results of both.
/// - Throws: The error of `background` if both fail.
///
/// Safety: `foreground` must not use anything that `background` touches.
package func runConcurrently<A, B>(_ background: @escaping () throws -> A, _ foreground: () throws -> B)
  throws -> (
    A, B
  )
{
  let queue = DispatchQueue(label: "polya.background")
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

internal import Dispatch
internal import Glibc
internal import PolyaHost

/// Turns the first signal, such as that of Ctrl-C, into a stop request; the second ends the process at once.
enum EndingSignal {
  static func watch(_ number: Int32, _ stop: StopFlag, exitCode: Int32) {
    signal(number, SIG_IGN)
    // The parent process may have blocked the signal, and the mask is inherited.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, number)
    sigprocmask(SIG_UNBLOCK, &mask, nil)
    let source = DispatchSource.makeSignalSource(
      signal: number, queue: DispatchQueue(label: "polya.signal"))
    source.setEventHandler {
      // Only the handler keeps its source alive, since the main function never returns.
      withExtendedLifetime(source) {
        if stop.isSet { _exit(exitCode) }
        stop.set()
      }
    }
    source.resume()
  }
}

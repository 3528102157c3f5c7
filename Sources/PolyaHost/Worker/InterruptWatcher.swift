internal import CPolya
internal import Glibc

/// A thread that forwards the host's stop requests to `interrupt`, and ends the process if the host
/// disappears while the plugin is busy.
final class InterruptWatcher: @unchecked Sendable {
  // Safety: `action` is accessed only under the lock; everything else is constant.
  private let shared: SharedMemory
  private let socket: Int32
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var action: (() -> Void)?

  init(shared: SharedMemory, socket: Int32) {
    self.shared = shared
    self.socket = socket
    pthread_mutex_init(lock, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { raw in
        raw.map { Unmanaged<InterruptWatcher>.fromOpaque($0).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    pthread_detach(thread)
  }

  /// Sets the action for a stop request; nil for none.
  func watch(_ action: (() -> Void)?) {
    pthread_mutex_lock(lock)
    self.action = action
    pthread_mutex_unlock(lock)
  }

  private func run() {
    var wasAsked = false
    while true {
      var file = [pollfd(fd: socket, events: 0, revents: 0)]
      _ = poll(&file, 1, 20)
      if file[0].revents != 0 {
        // If the serving thread is idle, it notices the end itself and destroys the instance; if it is busy,
        // it is cut off.
        usleep(2_500_000)
        _exit(1)
      }
      let isAsked = shared.stop != PolyaStatus(POLYA_OK)
      if isAsked, !wasAsked {
        // Under the lock, so that the action runs neither during the next call nor on a destroyed instance.
        pthread_mutex_lock(lock)
        action?()
        pthread_mutex_unlock(lock)
      }
      wasAsked = isAsked
    }
  }
}

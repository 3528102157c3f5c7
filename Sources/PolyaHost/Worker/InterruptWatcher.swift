internal import CPolya
internal import Glibc

/// A thread that passes the host's request to stop on to `interrupt`, and ends the process when the host is gone
/// while the plugin is busy.
final class InterruptWatcher: @unchecked Sendable {
  // Safety: `action` is read and written under the lock; the rest is constant.
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

  /// What a request to stop does from now on; nil: nothing.
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
        // The serving thread, when it is idle, sees the end too and destroys the instance; a busy one is cut off.
        usleep(2_500_000)
        _exit(1)
      }
      let isAsked = shared.stop != PolyaStatus(POLYA_OK)
      if isAsked, !wasAsked {
        // Under the lock, so that it can neither meet the next call nor an instance that is gone.
        pthread_mutex_lock(lock)
        action?()
        pthread_mutex_unlock(lock)
      }
      wasAsked = isAsked
    }
  }
}

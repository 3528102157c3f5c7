internal import Glibc
internal import PolyaCore

/// The control socket, descriptor 3. Any thread may send log lines, so each message is sent whole.
struct ControlSocket: Sendable {
  let descriptor: Int32 = 3

  /// Receives a message; returns nil if the host is gone or speaks another protocol.
  func receive() -> WorkerMessage? {
    var buffer = [UInt8](repeating: 0, count: WorkerMessage.largestSize)
    let spin = SpinWait()
    while true {
      let count = recv(descriptor, &buffer, buffer.count, spin.isOver ? 0 : Int32(MSG_DONTWAIT))
      if count < 0, errno == EAGAIN { continue }
      if count < 0, errno == EINTR { continue }
      return count > 0 ? WorkerMessage(decoding: buffer[..<count]) : nil
    }
  }

  func send(_ message: WorkerMessage) {
    let bytes = message.encoded
    // If the host is gone, the next receive will notice.
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func log(_ level: Int32, _ text: String) {
    send(WorkerMessage(.log, [UInt64(UInt32(bitPattern: level))], text: text.utf8))
  }
}

/// The beginning of a wait, during which polling is cheaper than sleeping, since waking up takes longer than
/// a short call.
struct SpinWait {
  private let end = MonotonicClock.nanoseconds() + 50_000

  var isOver: Bool { MonotonicClock.nanoseconds() > end }
}

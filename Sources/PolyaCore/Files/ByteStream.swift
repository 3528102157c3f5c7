internal import Glibc

/// The bytes of a file, a pipe or a terminal, one part after the other. It is opened once and never sought in.
package final class ByteStream {
  /// What errors call it.
  package let name: String
  private let descriptor: Int32
  private let isOwned: Bool

  /// Opens a file.
  package init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    (name, self.descriptor, isOwned) = (path, descriptor, true)
  }

  private init(name: String, descriptor: Int32) {
    (self.name, self.descriptor, isOwned) = (name, descriptor, false)
  }

  /// What this process was given as its input.
  package static var standardInput: ByteStream { ByteStream(name: "stdin", descriptor: STDIN_FILENO) }

  deinit { if isOwned { close(descriptor) } }

  /// At least one byte and at most `count`; none at the end.
  package func read(upTo count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    while true {
      let got = Glibc.read(descriptor, &bytes, count)
      if got >= 0 {
        bytes.removeLast(count - got)
        return bytes
      }
      switch errno {
      case EINTR: continue
      // Whoever shares the pipe may have made it return at once.
      case EAGAIN: _ = isReady(within: 1000)
      default: throw SystemFailure.error("cannot be read", name)
      }
    }
  }

  /// Whether reading would not wait: there are bytes, or the end, or an error to report.
  package func isReady(within milliseconds: Int) -> Bool {
    var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&file, 1, Int32(clamping: milliseconds)) > 0
  }
}

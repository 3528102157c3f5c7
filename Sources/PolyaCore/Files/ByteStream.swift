internal import Glibc

/// Reads a file, pipe, or terminal once, from beginning to end, without seeking.
package final class ByteStream {
  /// The name that errors use: a path, or "stdin".
  package let name: String
  private let descriptor: Int32
  private let isOwned: Bool

  /// Opens the file at a path; throws if it cannot be opened.
  package init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    (name, self.descriptor, isOwned) = (path, descriptor, true)
  }

  private init(name: String, descriptor: Int32) {
    (self.name, self.descriptor, isOwned) = (name, descriptor, false)
  }

  /// The standard input of this process.
  package static var standardInput: ByteStream { ByteStream(name: "stdin", descriptor: STDIN_FILENO) }

  deinit { if isOwned { close(descriptor) } }

  /// Returns between 1 and `count` bytes, or an empty array at the end.
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
      // Another process that shares the pipe may have made it non-blocking.
      case EAGAIN: _ = isReady(within: 1000)
      default: throw SystemFailure.error("cannot be read", name)
      }
    }
  }

  /// Whether a read would return at once, with bytes, the end, or an error.
  package func isReady(within milliseconds: Int) -> Bool {
    var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&file, 1, Int32(clamping: milliseconds)) > 0
  }
}

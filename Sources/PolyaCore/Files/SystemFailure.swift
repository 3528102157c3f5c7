internal import Glibc

/// The one place that turns errno into words.
enum SystemFailure {
  static func error(_ what: String, _ path: String) -> PolyaError {
    let number = errno
    let hint: String? =
      switch number {
      case ENOSPC: "free some space and run the same command again: nothing finished is lost"
      case EACCES, EPERM: "check the permissions"
      default: nil
      }
    return PolyaError(.file, "\(what): \(String(cString: strerror(number)))", at: path, hint: hint)
  }
}

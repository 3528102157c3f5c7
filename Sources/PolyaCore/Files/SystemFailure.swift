internal import Glibc

/// Turns errno into an error with the system's words and a hint.
enum SystemFailure {
  static func error(_ what: String, _ path: String) -> PolyaError {
    let number = errno
    let hint: String? =
      switch number {
      case ENOSPC: "free some space and run the same command again; finished work is kept"
      case EACCES, EPERM: "check the permissions"
      default: nil
      }
    return PolyaError(.file, "\(what): \(String(cString: strerror(number)))", at: path, hint: hint)
  }
}

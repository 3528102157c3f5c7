/// An error that says what went wrong, where, and what to do about it.
package struct PolyaError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure, which determines the exit code.
  package enum Code: Sendable {
    /// A manifest, option, or command-line argument is wrong. Exit code 2.
    case configuration
    /// A plugin cannot be loaded, refuses its options, or breaks the contract. Exit code 3.
    case plugin
    /// A file is missing, or cannot be read or written.
    case file
    /// Stored data fails verification.
    case corrupt
    /// The run cannot continue, for example because of too many missing verdicts or a non-finite loss.
    case run
    /// The user asked to stop. Exit code 130.
    case interrupted
  }

  /// The kind of failure.
  package var code: Code
  /// What failed, with the value that caused it.
  package var message: String
  /// Where it failed, such as a file and line, a record, or a call; nil if unknown.
  package var place: String?
  /// What to do about it; nil if there is no advice.
  package var hint: String?

  /// Creates an error.
  package init(_ code: Code, _ message: String, at place: String? = nil, hint: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.hint = hint
  }

  /// The place, message, and hint on one line.
  package var description: String {
    let head = place.map { "\($0): \(message)" } ?? message
    return hint.map { "\(head); \($0)" } ?? head
  }
}

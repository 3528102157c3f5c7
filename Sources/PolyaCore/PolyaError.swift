/// What went wrong, where, and what to do about it.
package struct PolyaError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; decides the exit code.
  package enum Code: Sendable {
    /// A manifest, option or command-line argument is wrong: exit code 2.
    case configuration
    /// A plugin cannot be loaded, refuses its options or breaks the contract: exit code 3.
    case plugin
    /// A file is missing, unreadable or cannot be written.
    case file
    /// Stored data does not verify.
    case corrupt
    /// The run cannot continue: too many missing verdicts, a loss that is not finite, …
    case run
    /// The user asked to stop: exit code 130.
    case interrupted
  }

  /// The kind of failure.
  package var code: Code
  /// What failed, with which value.
  package var message: String
  /// File, line, record, call.
  package var place: String?
  /// What to do.
  package var hint: String?

  /// An error with its sentence.
  package init(_ code: Code, _ message: String, at place: String? = nil, hint: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.hint = hint
  }

  /// One line: place, sentence, hint.
  package var description: String {
    let head = place.map { "\($0): \(message)" } ?? message
    return hint.map { "\(head); \($0)" } ?? head
  }
}

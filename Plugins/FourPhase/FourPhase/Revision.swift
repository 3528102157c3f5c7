/// What looking back does to a solution: the last solution wins.
enum Revision {
  /// Opens a solution that replaces the one before.
  static let mark = "Revised solution:"

  /// The solution that stands after looking back: what follows the last ``mark`` at the beginning of a line; without one,
  /// the text of the look-back itself when it ends in another `####` answer; else the solution as it was carried out.
  static func standing(_ solution: String, after lookBack: String) -> String {
    let lines = lookBack.split(separator: "\n", omittingEmptySubsequences: false)
    if let line = lines.lastIndex(where: { $0.hasPrefix(mark) }) {
      let revised = ([lines[line].dropFirst(mark.count)] + lines[(line + 1)...]).joined(separator: "\n")
      if case let text = Reply.trimmed(revised), !text.isEmpty { return text }
    }
    guard let last = answer(lookBack), last != answer(solution) else { return solution }
    return lookBack
  }

  /// What follows the last `####` that begins a line.
  private static func answer(_ text: String) -> String? {
    text.split(separator: "\n").last { $0.hasPrefix("####") }.map { Reply.trimmed($0.dropFirst(4)) }
  }
}

/// Texts of models and data sets, cut to what a page can hold.
enum Excerpt {
  /// The number of characters that are shown of a text.
  static let most = 2000

  /// Returns the text, or its beginning and how much is missing.
  static func html(_ text: String) -> HTML {
    // Counting the characters of a long text is slow; bytes bound them.
    guard text.utf8.count > most, case let missing = text.count - most, missing > 0 else { return "\(text)" }
    return
      "\(String(text.prefix(most)))<i class=\"cut\">… \(NumberText.count(missing)) more characters are in the records</i>"
  }
}

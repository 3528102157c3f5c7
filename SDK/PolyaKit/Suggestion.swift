/// Suggests what a user may have meant, for errors about options and files.
public enum Suggestion {
  /// Returns "did you mean 'x'?" for a near miss, or else the list of known words.
  public static func hint(for word: String, among known: [String]) -> String {
    if let near = nearest(to: word, among: known) { return "did you mean '\(near)'?" }
    guard !known.isEmpty else { return "there are none here" }
    return "known here: " + known.joined(separator: ", ")
  }

  /// Returns the known word with the smallest edit distance, if it is at most a third of the word's letters
  /// or 2, whichever is more. Returns nil for words of more than 200 bytes.
  public static func nearest(to word: String, among known: [String]) -> String? {
    guard word.utf8.count <= 200 else { return nil }
    return known.map { (name: $0, distance: distance(word, $0)) }
      .filter { $0.distance <= max(2, word.count / 3) }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }

  /// Returns the Levenshtein distance.
  private static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var previous = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substitution = previous + (x == y ? 0 : 1)
        previous = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, previous + 1)
      }
    }
    return row[b.count]
  }
}

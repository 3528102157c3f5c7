/// Keeps a page below a size, whatever a run has produced: of its parts, the largest are replaced by a sentence.
enum PageBudget {
  /// 5 MB less room for what is around the parts.
  static let bytes = 4_900_000

  /// Returns the parts in their order.
  static func fit(_ parts: [(title: String, html: HTML)], bytes: Int = bytes) -> [HTML] {
    let sizes = parts.map { $0.html.markup.utf8.count }
    var (kept, left) = (Set<Int>(), bytes)
    for index in parts.indices.sorted(by: { (sizes[$0], $0) < (sizes[$1], $1) }) where sizes[index] <= left {
      left -= sizes[index]
      kept.insert(index)
    }
    return parts.indices.map { index in
      kept.contains(index) ? parts[index].html : sentence(parts[index].title, sizes[index])
    }
  }

  /// What all cards of a section may have together.
  static let cardBytes = 1_200_000

  /// Returns cards at even distances whose sizes are about `bytes` together; all if they have no more.
  static func thin(_ cards: [HTML], to bytes: Int) -> [HTML] {
    let all = cards.reduce(0) { $0 + $1.markup.utf8.count }
    guard all > bytes else { return cards }
    let count = max(bytes / (all / cards.count), 1)
    return (0..<count).map { cards[$0 * cards.count / count] }
  }

  private static func sentence(_ title: String, _ size: Int) -> HTML {
    """
    <section><h2>\(title)</h2><p class="none">This part is left out: it has \(NumberText.count(size)) bytes, and the page would \
    be larger than 5 MB. The records in the run's folder have all of it.</p></section>

    """
  }
}

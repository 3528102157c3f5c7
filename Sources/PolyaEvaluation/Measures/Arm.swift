internal import PolyaRecords

/// What is known of the answers of one arm.
struct Arm {
  var composition = Composition()
  private var sets: [[String]] = []
  private var task: String?
  private var isFull = false
  private var wordCount = 0

  /// Enough for a mean: questions that are compared within themselves, and answers of one of them, whose kernel grows
  /// with their square.
  private static let (mostSets, mostTexts) = (500, 64)

  /// Answers to one task come together.
  mutating func add(_ answer: StoredAnswer, _ labels: [String]) {
    composition.add(labels)
    wordCount += answer.text.split(whereSeparator: \.isWhitespace).count
    guard task == answer.task else {
      task = answer.task
      if sets.last?.count == 1 { sets.removeLast() }
      if sets.count < Self.mostSets {
        sets.append([answer.text])
      } else {
        isFull = true
      }
      return
    }
    if !isFull, let last = sets.last, last.count < Self.mostTexts { sets[sets.count - 1].append(answer.text) }
  }

  /// Of the first tasks with several answers.
  var texts: [[String]] { sets.filter { $0.count > 1 } }

  var words: Double { Double(wordCount) / Double(max(1, composition.answers)) }
}

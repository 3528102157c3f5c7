internal import PolyaRecords

/// The answers of one arm and what is measured of them.
struct Arm {
  var composition = Composition()
  private var sets: [[String]] = []
  private var task: String?
  private var isFull = false
  private var wordCount = 0

  /// Caps that are enough for a mean: the number of questions whose answers are compared with each other, and
  /// of answers per question, since the cost grows with their square.
  private static let (mostSets, mostTexts) = (500, 64)

  /// Adds an answer. The answers to one task must be added consecutively.
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

  /// The texts of the first tasks with several answers.
  var texts: [[String]] { sets.filter { $0.count > 1 } }

  var words: Double { Double(wordCount) / Double(max(1, composition.answers)) }
}

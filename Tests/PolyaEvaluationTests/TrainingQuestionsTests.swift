import PolyaCore
import PolyaEvaluation
import PolyaRecords
import Testing

/// Training questions that resemble evaluation questions, against the plain definitions.
struct TrainingQuestionsTests {
  private func task(_ key: String, _ question: String) -> Task {
    Task(key: key, question: question, reference: "", referenceKind: "math")
  }

  /// Sentences of few words, so that many are alike, of which some are changed copies.
  private func texts(_ name: String, _ count: Int) -> [String] {
    let random = Randomness(seed: 4).stream(name)
    let words = ["a", "b", "c", "d", "e", "f", "g", "h"]
    var texts: [String] = []
    for index in 0..<count {
      let own = random.stream(UInt64(index))
      let length = 4 + own.below(24, 0)
      var text = (0..<length).map { words[own.below(words.count, UInt64($0 + 1))] }
      if index % 3 == 0, index > 0 {
        text = texts[own.below(index, 100)].split(separator: " ").map(String.init)
        text[own.below(text.count, 101)] = "x"
      }
      texts.append(text.joined(separator: " "))
    }
    return texts
  }

  private func triples(_ text: String) -> Set<String> {
    let words = text.split(separator: " ")
    guard words.count > 2 else { return [text] }
    return Set((0...words.count - 3).map { words[$0..<$0 + 3].joined(separator: " ") })
  }

  private func overlap(_ a: String, _ b: String, _ length: Int) -> Bool {
    let (a, b) = (a.split(separator: " "), b.split(separator: " "))
    let length = min(length, a.count)
    guard a.count >= length, b.count >= length else { return false }
    let runs = Set((0...b.count - length).map { b[$0..<$0 + length].joined(separator: " ") })
    return (0...a.count - length).contains { runs.contains(a[$0..<$0 + length].joined(separator: " ")) }
  }

  @Test(arguments: [(13, 0.8), (5, 0.5), (4, 1.0), (20, 0.3)])
  func theyAreFoundAsByComparingAllPairs(length: Int, similarity: Double) throws {
    let training = texts("training", 150)
    // Half of the evaluation questions continue the training questions' sequence of copies.
    let asked = Array(texts("training", 210).dropFirst(150)) + texts("asked", 60)
    let found = TrainingQuestions(
      training.enumerated().map { task("t\($0)", $1) }, words: length, similarity: similarity
    ).resembling(asked.enumerated().map { task("q\($0)", $1) })
    var expected: [String: (overlaps: Bool, similarity: Double)] = [:]
    for (index, question) in asked.enumerated() {
      let all = training.map { other in
        let (a, b) = (triples(question), triples(other))
        return Double(a.intersection(b).count) / Double(a.union(b).count)
      }
      let most = all.max() ?? 0
      let overlaps = training.contains { overlap(question, $0, length) }
      if overlaps || most >= similarity { expected["q\(index)"] = (overlaps, most) }
    }
    #expect(Set(found.map(\.task)) == Set(expected.keys) && expected.count > 5)
    for pair in found {
      let wanted = try #require(expected[pair.task])
      #expect(pair.overlaps == wanted.overlaps, "\(pair)")
      if wanted.similarity >= similarity { #expect(abs(pair.similarity - wanted.similarity) < 1e-12) }
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.similarity >= $1.similarity })
  }

  @Test func caseAndSpacesDoNotHideACopy() {
    let training = TrainingQuestions(
      [task("t", "How many apples does Anna have, if Ben gives her three of his seven?")], words: 13,
      similarity: 0.8)
    let found = training.resembling([
      task("copy", "how many APPLES  does Anna have,\nif Ben gives her three of his seven?"),
      task("other", "A train leaves at noon. How far does it come by three o'clock at eighty miles an hour?"),
      task("empty", ""),
    ])
    #expect(found.map(\.task) == ["copy"] && found[0].similarity == 1 && found[0].overlaps)
    #expect(TrainingQuestions([], words: 13, similarity: 0.8).resembling([task("a", "b c d")]).isEmpty)
  }
}

package import PolyaCore
package import PolyaRecords

/// Finds training questions that resemble evaluation questions, in two ways: by words in a row that both contain (13 in Brown
/// et al. 2020, arXiv:2005.14165, appendix C, where they must also be rare; here one is enough), and by the Jaccard
/// similarity of their word triples.
package struct TrainingQuestions {
  private let tasks: [Task]
  private let shingles: [Shingles]
  private let length: Int
  private let similarity: Double
  /// The training questions by each of the shingles of which a similar question must have one.
  private let byShingle: [UInt32: [Int]]
  /// How many training questions have a shingle.
  private let frequency: [UInt32: Int]
  /// The training questions that have a run of words.
  private let byRun: [UInt64: [Int]]
  private let words: [[UInt64]]

  /// Prepares training questions.
  ///
  /// - Parameters:
  ///   - words: The number of words in a row from which two questions overlap.
  ///   - similarity: The Jaccard similarity from which they are near-duplicates, in 0...1.
  package init(_ tasks: [Task], words length: Int, similarity: Double) {
    self.tasks = tasks
    self.length = length
    self.similarity = similarity
    let shingles = tasks.map { Shingles($0.question) }
    self.shingles = shingles
    var frequency: [UInt32: Int] = [:]
    for hash in shingles.lazy.flatMap(\.hashes) { frequency[hash, default: 0] += 1 }
    self.frequency = frequency
    var byShingle: [UInt32: [Int]] = [:]
    for (index, own) in shingles.enumerated() {
      for hash in Self.prefix(of: own, frequency, similarity) { byShingle[hash, default: []].append(index) }
    }
    self.byShingle = byShingle
    words = tasks.map { Words.hashes(of: $0.question) }
    var byRun: [UInt64: [Int]] = [:]
    for (index, own) in words.enumerated() {
      for run in Self.runs(of: own, length) where byRun[run]?.last != index {
        byRun[run, default: []].append(index)
      }
    }
    self.byRun = byRun
  }

  /// Returns the tasks that overlap with a training question or nearly repeat one, the most similar first.
  package func resembling(_ tasks: [Task]) -> [ContaminationRecord.Resembling] {
    tasks.compactMap { task in
      let own = Shingles(task.question)
      let near = nearest(to: own)
      let overlapping = overlapping(Words.hashes(of: task.question))
      let likest = overlapping.map { ($0, own.jaccard(shingles[$0])) }.max { ($0.1, $1.0) < ($1.1, $0.0) }
      guard let like = near?.index ?? likest?.0 else { return nil }
      return ContaminationRecord.Resembling(
        task: task.key, like: self.tasks[like].key, overlaps: !overlapping.isEmpty,
        similarity: near?.similarity ?? own.jaccard(shingles[like]))
    }.sorted { ($1.similarity, $0.task) < ($0.similarity, $1.task) }
  }

  /// The first of the most similar training questions, if it is similar enough.
  private func nearest(to own: Shingles) -> (index: Int, similarity: Double)? {
    let candidates = Set(Self.prefix(of: own, frequency, similarity).flatMap { byShingle[$0] ?? [] }).sorted()
    return candidates.map { ($0, own.jaccard(shingles[$0])) }.filter { $0.1 >= similarity }.max {
      ($0.1, $1.0) < ($1.1, $0.0)
    }
  }

  /// The training questions that share enough words in a row.
  private func overlapping(_ own: [UInt64]) -> [Int] {
    guard own.count < length else {
      return Set(Self.runs(of: own, length).flatMap { byRun[$0] ?? [] }).sorted()
    }
    guard !own.isEmpty else { return [] }
    let whole = Self.runs(of: own, own.count)
    return words.indices.filter { Self.runs(of: words[$0], own.count).contains(where: whole.contains) }
  }

  /// The rarest shingles of a text, of which every similar text has at least one: if two sets share at least the ceiling of
  /// t |A| members, A's first |A| - that + 1 members in an order that both follow contain one of them (Chaudhuri, Ganti, and
  /// Kaushik 2006, "A primitive operator for similarity joins").
  private static func prefix(of own: Shingles, _ frequency: [UInt32: Int], _ similarity: Double) -> [UInt32] {
    let sorted = own.hashes.sorted { (frequency[$0] ?? 0, $0) < (frequency[$1] ?? 0, $1) }
    // A product that rounding lifted above a whole number must not count as the next one.
    let shared = Int((similarity * Double(sorted.count) - 1e-9).rounded(.up))
    return Array(sorted.prefix(sorted.count - shared + 1))
  }

  /// The hashes of all runs of words of a length.
  private static func runs(of words: [UInt64], _ length: Int) -> [UInt64] {
    guard words.count >= length else { return [] }
    return (0...words.count - length).map { start in
      words[start..<start + length].reduce(UInt64(length)) { ($0 ^ $1) &* 0x9E37_79B9_7F4A_7C15 ^ $0 >> 31 }
    }
  }
}

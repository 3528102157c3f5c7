internal import PolyaRecords

/// Which evaluation questions resemble training questions.
struct ContaminationSection {
  let records: [ContaminationRecord]

  /// The number of questions that are listed per task set.
  private static let mostListed = 20

  func html() -> HTML {
    guard !records.isEmpty else { return .empty }
    let rows = records.map { record -> HTML in
      """
      <tr><th scope="row">\(record.tasks)</th><td>\(record.against.joined(separator: ", "))</td>\
      <td class="n">\(NumberText.count(record.questions))</td><td class="n">\(NumberText.count(record.overlapping))</td>\
      <td class="n">\(NumberText.count(record.nearDuplicates))</td>\
      <td>\(record.isExcluded ? "left out" : "kept")</td></tr>

      """
    }
    return """
      <section id="contamination"><h2>Questions like training questions</h2>
      <p class="lead">Questions that share \(words) words in a row with a training question, or \(similarity)% of their \
      word triples.</p>
      <div class="wide"><table><thead><tr><th>Tasks</th><th>Against</th><th class="n">Questions</th>\
      <th class="n">Words in a row</th><th class="n">Near-duplicates</th><th>In the scores</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      \(records.map(list))</section>

      """
  }

  private var words: String { ScoreBoard.span(records.map(\.words)) }

  private var similarity: String { ScoreBoard.span(records.map { Int(($0.similarity * 100).rounded()) }) }

  private func list(_ record: ContaminationRecord) -> HTML {
    guard !record.resembling.isEmpty else { return .empty }
    let rows = record.resembling.prefix(Self.mostListed).map { pair -> HTML in
      """
      <tr><td>\(pair.task)</td><td>\(pair.like)</td><td>\(pair.overlaps ? "yes" : "no")</td>\
      <td class="n">\(NumberText.percent(pair.similarity))%</td></tr>

      """
    }
    return """
      <details><summary>\(record.tasks): \(record.resembling.count) questions, the most similar first</summary>
      <div class="wide"><table><thead><tr><th>Question</th><th>Training question</th><th>Words in a row</th>\
      <th class="n">Shared triples</th></tr></thead><tbody>\(rows)</tbody></table></div></details>

      """
  }
}

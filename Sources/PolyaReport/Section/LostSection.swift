internal import PolyaRecords

/// Which questions an earlier model solved and a later one no longer does.
struct LostSection {
  let coverage: [CoverageRecord]
  let board: ScoreBoard

  /// Longer lists are cut; the records have them whole.
  private static let most = 40

  func html() -> HTML {
    guard !coverage.isEmpty else { return .empty }
    return """
      <section id="lost"><h2>Lost and gained questions</h2>
      <p class="lead">A question is lost if the second arm answers it rightly at least once and the first arm never. The smallest \
      change of the solved share that would be found with 80% power says what this comparison can see at all.</p>
      <div class="wide"><table><thead><tr><th>First</th><th>Second</th><th>Tasks</th><th class="n">Questions</th>\
      <th class="n">Second solves</th><th class="n">First solves</th><th class="n">Lost</th><th class="n">Gained</th>\
      <th class="n">p</th><th class="n">Detectable, points</th></tr></thead>
      <tbody>\(coverage.map(row))</tbody></table></div>
      \(coverage.filter { !$0.lost.isEmpty }.map(list))</section>

      """
  }

  private func row(_ record: CoverageRecord) -> HTML {
    """
    <tr><td>\(ArmName.html(record.first, board))</td><td>\(ArmName.html(record.second, board))</td>\
    <td>\(record.tasks)</td><td class="n">\(NumberText.count(record.questions))</td>\
    <td class="n">\(NumberText.count(record.solvedSecond))</td><td class="n">\(NumberText.count(record.solvedFirst))</td>\
    <td class="n">\(NumberText.count(record.lost.count))</td><td class="n">\(NumberText.count(record.gained))</td>\
    <td class="n">\(NumberText.probability(record.probability))</td>\
    <td class="n">\(NumberText.percent(record.detectable))</td></tr>

    """
  }

  private func list(_ record: CoverageRecord) -> HTML {
    let rows = record.lost.prefix(Self.most).map { lost -> HTML in
      """
      <tr><td>\(lost.task)</td><td class="n">\(NumberText.count(lost.right)) of \(NumberText.count(lost.samplesSecond))</td>\
      <td class="n">0 of \(NumberText.count(lost.samplesFirst))</td>\
      <td class="n">\(NumberText.probability(lost.probability))</td></tr>

      """
    }
    let rest = record.lost.count - rows.count
    let more: HTML =
      rest > 0 ? "<p class=\"note\">\(NumberText.count(rest)) more are in results.json.</p>" : .empty
    return """
      <details><summary>\(record.tasks): \(NumberText.count(record.lost.count)) questions that \(record.second) solves and \
      \(record.first) does not</summary>
      <div class="wide"><table><thead><tr><th>Question</th><th class="n">Right before</th><th class="n">Right after</th>\
      <th class="n">p, adjusted</th></tr></thead><tbody>\(rows)</tbody></table></div>\(more)</details>

      """
  }
}

internal import PolyaPipeline
internal import PolyaRecords

/// The composition and diversity of the answers of each arm.
struct MeasureSection: RecordSection {
  static let title = "Heuristics and diversity of answers"

  let measures: [MeasureRecord]

  init(measures: [MeasureRecord]) { self.measures = measures }

  init?(_ stage: FinishedStage) throws {
    guard let results = try ResultsRecord.read(folder: stage.folder), !results.measures.isEmpty else {
      return nil
    }
    measures = results.measures
  }

  static func html(_ parts: [MeasureSection]) -> HTML {
    let measures = parts.flatMap(\.measures)
    guard !measures.isEmpty else { return .empty }
    return """
      <section id="measures"><h2>\(title)</h2>
      <p class="lead">Composed is the share of answers with more than one heuristic, with its 95% Wilson interval. \
      Vendi score, distinct-2, and self-BLEU compare the answers to one question and are averaged over \
      questions.</p>
      <div class="wide"><table><thead><tr><th>Arm</th><th class="n">Answers</th><th class="n">Labeled</th>\
      <th class="n">Heuristics per answer</th><th class="n">Composed</th><th class="n">Vendi score</th>\
      <th class="n">distinct-2</th><th class="n">self-BLEU</th><th class="n">Words</th></tr></thead>
      <tbody>\(measures.map(row))</tbody></table></div></section>

      """
  }

  private static func byModel(_ measure: MeasureRecord) -> HTML {
    measure.vendiByModel.map { "<small>\(NumberText.fixed($0, 2)) by embeddings</small>" } ?? .empty
  }

  private static func row(_ measure: MeasureRecord) -> HTML {
    func optional(_ value: Double?) -> String { value.map { NumberText.fixed($0, 2) } ?? NumberText.missing }
    let labeled = Double(measure.labeled) / Double(max(1, measure.answers))
    return """
      <tr><th scope="row">\(measure.arm)</th><td class="n">\(NumberText.count(measure.answers))</td>\
      <td class="n">\(NumberText.percent(labeled))%</td><td class="n">\(NumberText.fixed(measure.heuristics, 2))</td>\
      <td class="n">\(NumberText.percent(measure.composed))%<small>\(NumberText.percent(measure.low)) to \
      \(NumberText.percent(measure.high))</small></td><td class="n">\(optional(measure.vendi))\(byModel(measure))</td>\
      <td class="n">\(optional(measure.distinct))</td><td class="n">\(optional(measure.selfBLEU))</td>\
      <td class="n">\(NumberText.fixed(measure.words, 0))</td></tr>

      """
  }
}

/// The graph of stages, and a table of their durations and results.
struct StageSection {
  let stages: [Report.Stage]

  func html() -> HTML {
    guard !stages.isEmpty else { return .empty }
    return """
      <section id="stages"><h2>Stages</h2>
      \(StageGraph(stages: stages).svg())<div class="wide"><table><thead><tr><th>Stage</th><th>Kind</th>\
      <th>State</th><th class="n">Time</th><th></th><th>Result</th><th>Key</th></tr></thead>
      <tbody>\(stages.map(row))</tbody></table></div></section>

      """
  }

  private func row(_ stage: Report.Stage) -> HTML {
    """
    <tr><th scope="row">\(stage.name)</th><td>\(stage.kind)</td>\
    <td><span class="state \(stage.state.rawValue)">\(stage.state.rawValue)</span></td>\
    <td class="n">\(NumberText.duration(stage.seconds))</td><td>\(bar(stage))</td>\
    <td class="text">\(stage.summary)</td><td><code title="\(stage.key)">\(String(stage.key.prefix(12)))</code></td></tr>

    """
  }

  private func bar(_ stage: Report.Stage) -> HTML {
    let longest = stages.compactMap(\.seconds).filter(\.isFinite).max() ?? 0
    guard let seconds = stage.seconds, seconds.isFinite, seconds > 0, longest > 0 else { return .empty }
    return """
      <svg class="time" width="90" height="8" viewBox="0 0 90 8" aria-hidden="true">\
      <rect class="\(stage.state.rawValue)" width="\(px: max(1, 90 * seconds / longest))" height="8" rx="2"/></svg>
      """
  }
}

extension Report {
  /// Returns the report as a single HTML file below 5 MB that uses no network, scripts, or fonts.
  ///
  /// The markup is also well-formed XML. A content security policy forbids scripts and all requests, so that
  /// even a flaw in escaping could not execute what a model wrote.
  ///
  /// - Parameter reloadSeconds: How often the page reloads itself while the run is running.
  package func html(reloadSeconds: Int = 5) -> String {
    let reload: HTML =
      status == .running ? "<meta http-equiv=\"refresh\" content=\"\(reloadSeconds)\"/>\n" : .empty
    let board = ScoreBoard(self)
    let sections = PageBudget.fit(
      [
        ("Report", HeaderSection(report: self).html()),
        ("Scores", ScoreSection(board: board).html()),
        ("Paired differences", ComparisonSection(comparisons: comparisons, board: board).html()),
        ("Lost and gained questions", LostSection(coverage: coverage, board: board).html()),
        ("Questions like training questions", ContaminationSection(records: contamination).html()),
        ("Training", TrainingSection(series: series).html()),
        ("Heuristics of right answers", HeuristicShareSection(series: series).html()),
      ] + RecordSections.html(parts) + [
        ("Yield per heuristic", YieldSection(yields: yields).html()),
        ("Coverage", CoverageSection(coverages: coverages).html()),
        ("Sample candidates", SampleSection(samples: samples).html()),
        ("Stages", StageSection(stages: stages).html()),
        ("Provenance", ProvenanceSection(plugins: plugins, manifest: manifest).html()),
      ])
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
      \(reload)<title>\(name) · polya</title>
      <style>\(Stylesheet.css)</style></head>
      <body><main>
      \(sections)\
      </main></body></html>

      """
    return page.markup
  }
}

extension Report {
  /// Returns the report as a single HTML file that uses no network, scripts, or fonts.
  ///
  /// The markup is also well-formed XML. A content security policy forbids scripts and all requests, so that
  /// even a flaw in escaping could not execute what a model wrote.
  ///
  /// - Parameter reloadSeconds: How often the page reloads itself while the run is running.
  package func html(reloadSeconds: Int = 5) -> String {
    let reload: HTML =
      status == .running ? "<meta http-equiv=\"refresh\" content=\"\(reloadSeconds)\"/>\n" : .empty
    let board = ScoreBoard(self)
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
      \(reload)<title>\(name) · polya</title>
      <style>\(Stylesheet.css)</style></head>
      <body><main>
      \(HeaderSection(report: self).html())\
      \(ScoreSection(board: board).html())\
      \(ComparisonSection(comparisons: comparisons, board: board).html())\
      \(LostSection(coverage: coverage, board: board).html())\
      \(ContaminationSection(records: contamination).html())\
      \(TrainingSection(series: series).html())\
      \(YieldSection(yields: yields).html())\
      \(CoverageSection(coverages: coverages).html())\
      \(RecordSections.html(parts))\
      \(SampleSection(samples: samples).html())\
      \(StageSection(stages: stages).html())\
      \(ProvenanceSection(plugins: plugins, manifest: manifest).html())\
      </main></body></html>

      """
    return page.markup
  }
}

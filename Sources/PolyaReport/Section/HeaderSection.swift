/// The name and state of the run, a few key figures, and the warnings.
struct HeaderSection {
  let report: Report

  func html() -> HTML {
    let figures = self.figures().map { "<div><dt>\($0.label)</dt><dd>\($0.value)</dd></div>" as HTML }
    return """
      <header><p class="brand">polya</p><h1>\(report.name)\
      <span class="state \(report.status.rawValue)">\(report.status.rawValue)</span></h1>
      <dl class="figures">\(figures)</dl></header>
      \(warnings())
      """
  }

  private func figures() -> [(label: String, value: String)] {
    let done = report.stages.count { $0.state == .finished || $0.state == .reused }
    let seconds = report.stages.compactMap(\.seconds)
    var figures = [("created", report.created), ("seed", String(report.seed))]
    if !report.stages.isEmpty {
      figures.append(("stages done", "\(done) of \(report.stages.count)"))
      figures.append(("time in stages", NumberText.duration(seconds.isEmpty ? nil : seconds.reduce(0, +))))
    }
    if !report.yields.isEmpty {
      let attempted = report.yields.reduce(0) { $0 + $1.attempted }
      let kept = report.yields.reduce(0) { $0 + $1.kept }
      figures.append(("candidates kept", "\(NumberText.count(kept)) of \(NumberText.count(attempted))"))
    }
    return figures
  }

  private func warnings() -> HTML {
    guard !report.warnings.isEmpty else { return .empty }
    return """
      <section id="warnings" class="warnings"><h2>Warnings</h2>
      <ul>\(report.warnings.map { "<li>\($0)</li>" as HTML })</ul></section>

      """
  }
}

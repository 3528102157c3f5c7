import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaReport

@Suite struct ReportTests {
  static func empty(_ status: Report.Status = .finished) -> Report {
    Report(name: "quickstart", created: "8 May 2026", seed: 7, status: status, manifest: "{}")
  }

  static func score(
    _ model: String, _ metric: String, _ value: Double, tasks: String = "gsm8k", low: Double? = nil
  ) -> ScoreRecord {
    ScoreRecord(
      model: model, tasks: tasks, metric: metric, value: value, low: low ?? value - 0.05, high: value + 0.05,
      questions: 1319, samples: 64)
  }

  @Test func anEmptyRunStillHasAPage() throws {
    let page = try ParsedPage(Self.empty())
    #expect(page.all("h1").first?.text.contains("quickstart") == true)
    #expect(page.all("svg").isEmpty)
    #expect(page.text.contains("No model has been evaluated yet."))
  }

  @Test(arguments: Report.Status.allCases)
  func reloadsOnlyWhileRunning(status: Report.Status) throws {
    let page = try ParsedPage(Self.empty(status))
    let reloads = page.all("meta").filter { $0.attributes["http-equiv"] == "refresh" }
    #expect(reloads.map { $0.attributes["content"] } == (status == .running ? ["5"] : []))
  }

  @Test func needsNoScriptAndNoNetwork() throws {
    let page = try ParsedPage(try Self.hostile("plain"))
    #expect(page.all("script").isEmpty && page.all("link").isEmpty && page.all("img").isEmpty)
    for element in page.elements {
      #expect(element.attributes.keys.allSatisfy { !["src", "href", "srcset", "style"].contains($0) })
      #expect(element.attributes.keys.allSatisfy { !$0.hasPrefix("on") })
    }
    #expect(!page.markup.contains("url(") && !page.markup.contains("@import"))
    let policy = page.all("meta").first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
    #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none'") == true)
  }

  /// Strings that models and plugins could send; each is put into every field that takes text.
  private static let hostileTexts = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    "]]></style><b>",
    "<!-- ", "a\u{0}b\u{1B}[31m\u{7F}\u{9B}c", "<\u{338}script>", "\u{202E}txt.exe\u{2066}", "&lt;&amp;&#0;",
    String(decoding: [0xC3, 0x28, 0xFF, 0xED, 0xA0, 0x80] as [UInt8], as: UTF8.self), "\u{FFFE}\u{10FFFF}",
    String(repeating: "e\u{301}\u{302}", count: 500), "\r\n\t",
  ]

  @Test(arguments: hostileTexts)
  func hostileTextStaysText(text: String) throws {
    let plain = try ParsedPage(try Self.hostile("plain"))
    let page = try ParsedPage(try Self.hostile(text))
    #expect(page.elements.map(\.name) == plain.elements.map(\.name))
    #expect(
      page.elements.map { $0.attributes.keys.sorted() } == plain.elements.map { $0.attributes.keys.sorted() })
    let forbidden = page.markup.unicodeScalars.filter { scalar in
      scalar.properties.generalCategory == .control && !["\n", "\t", "\r"].contains(scalar)
    }
    #expect(forbidden.isEmpty)
  }

  @Test func whatIsReplacedIsShownAsReplaced() throws {
    let broken = String(decoding: [0x61, 0xFF, 0x00, 0x62] as [UInt8], as: UTF8.self)
    let page = try ParsedPage(try Self.hostile(broken))
    #expect(page.all("pre").contains { $0.text == "a\u{FFFD}\u{FFFD}b" })
    #expect(!page.markup.unicodeScalars.contains("\u{0}"))
  }

  /// A candidate with one string in every place that takes one.
  static func candidate(_ text: String, heuristic: String, verdict: VerdictRecord) -> CandidateRecord {
    CandidateRecord(
      id: "k:0", task: Task(key: text, question: text, reference: text, referenceKind: "text"), strategy: "s",
      heuristic: heuristic, sample: 0, messages: [], prompt: text, answer: text, tokens: [], finish: "stop",
      verdict: verdict, adherence: nil, seed: 0, model: "m")
  }

  /// A report with one string in every place that takes one.
  static func hostile(_ text: String) throws -> Report {
    var report = Report(name: text, created: text, seed: .max, status: .running, manifest: text)
    report.warnings = [text]
    report.plugins = [.init(name: text, id: text, version: text, sha256: text, file: text)]
    report.stages = [
      .init(name: "a", kind: text, key: text, state: .finished, seconds: 3, summary: text),
      .init(name: text, kind: text, key: text, state: .waiting, seconds: nil, summary: text, inputs: ["a"]),
    ]
    report.taskSets = [.init(name: text, distribution: .inside, note: text + ".")]
    report.scores = [
      score(text, "pass@1", 0.4, tasks: text), score(text, "pass@2", 0.5, tasks: text),
      score(text, "m" + text, 2, tasks: text),
    ]
    report.comparisons = [
      .init(
        first: text, second: text, tasks: text, metric: text, difference: 0.1, low: 0, high: 0.2,
        probability: 0.1,
        questions: 3)
    ]
    report.series = [
      .init(name: text, stage: text, values: [1, 2])
    ]
    report.yields = [
      .init(
        stage: "candidates", heuristic: text, attempted: 9, verified: 4, abstained: 1, failed: 1, kept: 2,
        meanTokens: 30)
    ]
    report.samples = [
      candidate(text, heuristic: text, verdict: VerdictRecord(.right, score: 1, extracted: text))
    ]
    return report
  }
}

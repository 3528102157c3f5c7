internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// Rollouts to read, filtered by step, heuristic, verdict, and advantage. The filters are radio buttons and rules of the style
/// sheet, so that the page needs no script.
struct RolloutSection: RecordSection {
  static let title = "Rollouts"

  let stage: String
  let rollouts: [RolloutRecord]

  /// The number of heuristics that have a filter.
  static let mostHeuristics = 24

  init(stage: String, rollouts: [RolloutRecord]) {
    self.stage = stage
    self.rollouts = rollouts
  }

  init?(_ stage: FinishedStage) throws {
    let files = try Shards.files(in: stage.folder, name: "rollouts")
    guard !files.isEmpty, case let rollouts = try RolloutChoice(files: files).rollouts, !rollouts.isEmpty
    else { return nil }
    self.init(stage: stage.name, rollouts: rollouts)
  }

  static func html(_ parts: [RolloutSection]) -> HTML {
    guard !parts.isEmpty else { return .empty }
    return """
      <section id="rollouts"><h2>\(title)</h2>
      <p class="lead">Chosen rollouts: up to \(RolloutChoice.steps) steps of each training, and of each the groups whose rollouts \
      differ most. All are in the records.</p>
      \(parts.enumerated().map { $1.browser($0, bytes: PageBudget.cardBytes / parts.count) })</section>

      """
  }

  private var steps: [Int] { Set(rollouts.map(\.step)).sorted() }

  private var heuristics: [String] {
    Array(ScoreBoard.inOrder(rollouts.flatMap(Self.heuristics)).sorted().prefix(Self.mostHeuristics))
  }

  /// The heuristic that was asked for and those that the answer follows.
  private static func heuristics(_ rollout: RolloutRecord) -> [String] {
    (rollout.heuristic.map { [$0] } ?? []) + (rollout.heuristics ?? [])
  }

  private func browser(_ number: Int, bytes: Int) -> HTML {
    let byHeuristic = heuristics.enumerated().map { ("h\($0)", $1) }
    return """
      <div class="browser"><h3>\(stage)</h3><form>
      \(filter("step", number, steps.enumerated().map { ("p\($0)", NumberText.count($1)) }))\
      \(byHeuristic.isEmpty ? .empty : filter("heuristic", number, byHeuristic))\
      \(filter("verdict", number, [("right", "right"), ("wrong", "wrong"), ("none", "no verdict")]))\
      \(filter("advantage", number, [("up", "above 0"), ("even", "0"), ("down", "below 0")]))</form>
      \(PageBudget.thin(rollouts.map(card), to: bytes))<p class="shown note"></p></div>

      """
  }

  private func filter(_ title: String, _ number: Int, _ choices: [(kind: String, label: String)]) -> HTML {
    let name = "\(title)-\(number)"
    let all: HTML = "<label><input type=\"radio\" name=\"\(name)\" checked=\"checked\"/>all</label>"
    let rest = choices.map { kind, label -> HTML in
      "<label><input type=\"radio\" name=\"\(name)\" class=\"only-\(kind)\"/>\(label)</label>"
    }
    return "<fieldset><legend>\(title)</legend>\(all)\(rest)</fieldset>\n"
  }

  private func card(_ rollout: RolloutRecord) -> HTML {
    let advantage = rollout.advantage.map { NumberText.signed(NumberText.fixed($0, 2)) } ?? NumberText.missing
    let heuristic = rollout.heuristic.map { "<b>\($0)</b>" as HTML } ?? .empty
    return """
      <details class="rollout \(classes(rollout))"><summary><span class="n">step \(NumberText.count(rollout.step))</span>\
      <span class="verdict \(OutcomeMark.style(rollout.outcome))">\(OutcomeMark.sign(rollout.outcome)) \
      \(OutcomeMark.word(rollout.outcome))</span><span class="n">\(advantage)</span>\(heuristic)\
      <span class="ask">\(rollout.question.shortened(to: 120))</span></summary>
      <p class="question">\(Excerpt.html(rollout.question))</p>
      \(rollout.earlier.map(turn))\(prompt(rollout.prompt))<pre>\(Excerpt.html(rollout.completion))</pre>
      \(rollout.answer.map(judged) ?? .empty)\(facts(rollout, advantage))</details>

      """
  }

  private func classes(_ rollout: RolloutRecord) -> HTML {
    let step = steps.firstIndex(of: rollout.step).map { "p\($0)" } ?? ""
    let own = Self.heuristics(rollout).compactMap { heuristics.firstIndex(of: $0) }.map { " h\($0)" }
    let verdict = rollout.outcome.isVerdict ? rollout.outcome.rawValue : "none"
    let advantage = rollout.advantage ?? 0
    let sign = advantage > 0 ? "up" : advantage < 0 ? "down" : "even"
    return "\(step)\(Set(own).sorted().joined()) \(verdict) \(sign)"
  }

  private func judged(_ answer: String) -> HTML {
    "<p class=\"note\">The strategy made this answer of it, which was judged:</p><pre>\(Excerpt.html(answer))</pre>\n"
  }

  private func turn(_ turn: RolloutRecord.Turn) -> HTML {
    "\(prompt(turn.prompt))<pre>\(Excerpt.html(turn.completion))</pre>\n"
  }

  private func prompt(_ text: String) -> HTML {
    text.isEmpty
      ? .empty
      : "<details class=\"prompt\"><summary>prompt</summary><pre>\(Excerpt.html(text))</pre></details>\n"
  }

  private func facts(_ rollout: RolloutRecord, _ advantage: String) -> HTML {
    func fact(_ name: String, _ value: String) -> HTML { "<dt>\(name)</dt><dd>\(value)</dd>" }
    let verdicts = rollout.verdicts.map { entry -> HTML in
      let score = entry.verdict.score.map { NumberText.significant($0) } ?? NumberText.missing
      let parts = entry.verdict.components.map { "\($0.name) \(NumberText.significant($0.value))" }
      let found =
        entry.verdict.extracted.isEmpty ? [] : ["found \(entry.verdict.extracted.shortened(to: 80))"]
      let why = entry.verdict.unscoredReason.map { [$0] } ?? []
      return fact(entry.reward, ([score] + parts + found + why).joined(separator: ", "))
    }
    return """
      <dl>\(fact("reward", rollout.reward.map { NumberText.significant($0) } ?? NumberText.missing))\
      \(fact("advantage", advantage))\(verdicts)\
      \(rollout.heuristics.map { fact("follows", $0.isEmpty ? "none" : $0.joined(separator: ", ")) } ?? .empty)\
      \(fact("reference", rollout.reference.shortened(to: 200)))\
      \(fact("tokens", NumberText.count(rollout.tokens.count)))\(fact("record", rollout.id))</dl>
      """
  }
}

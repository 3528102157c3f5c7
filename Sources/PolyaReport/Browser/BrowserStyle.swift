/// The rules of filters and of answers side by side.
enum BrowserStyle {
  /// A checked radio button hides what is not of its kind.
  private static let kinds =
    ["right", "wrong", "none", "up", "even", "down"] + (0..<RolloutChoice.steps).map { "p\($0)" }
    + (0..<RolloutSection.mostHeuristics).map { "h\($0)" }

  static let css: HTML = """
    \(kinds.map { ".browser:has(.only-\($0):checked) .rollout:not(.\($0)){display:none}\n" as HTML })\
    .browser{counter-reset:shown}.rollout{counter-increment:shown}
    .shown::after{content:counter(shown) " rollouts shown"}
    fieldset{border:0;margin:0 0 6px;padding:0;display:flex;flex-wrap:wrap;gap:4px 8px;font-size:13px}
    legend{float:left;width:6.5em;color:var(--soft);padding:1px 0}
    fieldset label{padding:1px 10px;border:1px solid var(--rule);border-radius:99px;cursor:pointer}
    fieldset input{appearance:none;margin:0;width:0;height:0;position:absolute}
    fieldset label:has(:checked){background:var(--tint);border-color:var(--soft);font-weight:600}
    fieldset label:has(:focus-visible),summary:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
    .browser form{margin:0 0 12px}
    .rollout>summary,.pair>summary{display:flex;gap:12px;align-items:baseline;flex-wrap:wrap}
    .rollout>summary>.n:first-child{min-width:5.5em;text-align:left}
    .rollout>summary>.n{min-width:3em}
    .ask{flex:1 1 16em;min-width:0;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
    .rollout[open]>summary,.pair[open]>summary{margin-bottom:10px}
    .rollout dl{display:flex;flex-wrap:wrap;gap:6px 30px;margin:14px 0 0;font-size:13px;align-items:baseline}
    .rollout dt{color:var(--soft);margin-right:-22px}.rollout dd{margin:0;font-weight:550;overflow-wrap:anywhere}
    details.prompt{border:0;padding:0 0 10px;color:var(--soft)}
    .sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));gap:0 24px}
    .sides>div{min-width:0}h4{font-size:14px;font-weight:600;margin:10px 0 0}
    .cut{color:var(--soft)}

    """
}

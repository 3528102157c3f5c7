/// The style sheet of the report.
///
/// Line colors follow the palette of Okabe and Ito for color-blind readers ("Color Universal Design", 2008),
/// darkened on white and lightened on black until text in them is legible.
enum Stylesheet {
  static let css: HTML = """
    \(light)\(page)\(tables)\(plots)\(cards)\(BrowserStyle.css)\(print)
    """

  private static let light: HTML = """
    :root{--paper:#faf9f6;--sheet:#fff;--ink:#1c1e22;--soft:#646870;--rule:#e4e2dc;--tint:#f1f5f3;
    --c0:#0068a8;--c1:#c04d08;--c2:#007f63;--c3:#a3488a;--c4:#8a6400;--c5:#3a8dc8;--c6:#5c5f66;--c7:#7b3f14;
    --right:#007f63;--wrong:#c04d08;--none:#777b83;--failed:#a3488a;--spare:#8cc9b8;--miss:#d9d6cf;--warn:#fff4dc}
    @media screen and (prefers-color-scheme:dark){
    :root{--paper:#131518;--sheet:#1b1e22;--ink:#e9e7e2;--soft:#9ba0a8;--rule:#31353b;--tint:#1f2a27;
    --c0:#5ab4ec;--c1:#f08a4e;--c2:#31c7a0;--c3:#e394c8;--c4:#e8bd4a;--c5:#9cc3ff;--c6:#b9bcc2;--c7:#cf9a6c;
    --right:#31c7a0;--wrong:#f08a4e;--none:#9ba0a8;--failed:#e394c8;--spare:#1f6f5c;--miss:#43474e;--warn:#33290f}}

    """

  private static let page: HTML = """
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
    "Helvetica Neue","Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums lining-nums}
    main{max-width:1200px;margin:0 auto;padding:44px 28px 96px}
    section{margin-top:60px}
    h1{font-size:34px;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:2px 0 22px;overflow-wrap:anywhere}
    h1 .state{font-size:13px;letter-spacing:0;vertical-align:middle;margin-left:14px}
    h2{font-size:21px;font-weight:620;letter-spacing:-.01em;margin:0 0 8px}
    h3{font-size:15px;font-weight:600;margin:30px 0 6px;overflow-wrap:anywhere}
    .brand{margin:0;color:var(--soft);font-size:13px;font-weight:600;letter-spacing:.12em;text-transform:uppercase}
    .lead,.note,.none{color:var(--soft);margin:0 0 14px;max-width:76ch}
    .note{font-size:13px;margin:8px 0 0}
    .bad{color:var(--wrong)}
    .where{color:var(--soft);font-weight:400;margin-left:8px}
    .figures{display:flex;flex-wrap:wrap;gap:14px 44px;margin:0}
    .figures dt,.scores small{color:var(--soft)}
    .figures dt{font-size:12.5px}
    .figures dd{margin:0;font-size:17px;font-weight:550}
    .warnings{margin-top:32px;background:var(--warn);border-left:4px solid var(--c4);border-radius:4px 10px 10px 4px;
    padding:16px 22px}
    .warnings h2{font-size:16px}
    .warnings ul{margin:0;padding-left:20px;overflow-wrap:anywhere}
    .state{display:inline-block;padding:1px 10px;border-radius:99px;font-size:12.5px;font-weight:600;line-height:20px;
    color:var(--soft);background:color-mix(in srgb,currentColor 13%,transparent);white-space:nowrap}
    .state.finished{color:var(--right)}.state.reused{color:var(--c0)}.state.failed{color:var(--wrong)}
    .state.running{color:var(--c4)}
    .state.running::before{content:"";display:inline-block;width:7px;height:7px;border-radius:50%;margin-right:6px;
    background:currentColor;vertical-align:1px;animation:beat 1.6s ease-in-out infinite}
    @keyframes beat{50%{opacity:.25}}
    @media (prefers-reduced-motion:reduce){.state.running::before{animation:none}}

    """

  private static let tables: HTML = """
    .wide{overflow-x:auto;max-width:100%}
    table{border-collapse:collapse;width:100%;font-size:14px}
    th,td{text-align:left;padding:8px 18px 8px 0;border-bottom:1px solid var(--rule);vertical-align:middle}
    thead th{color:var(--soft);font-weight:500;font-size:12.5px;white-space:nowrap;border-bottom-color:var(--soft)}
    tbody th{font-weight:550;overflow-wrap:anywhere;min-width:7em}
    th:last-child,td:last-child{padding-right:4px}
    .n{text-align:right;white-space:nowrap}
    .middle{text-align:center}
    .text{overflow-wrap:anywhere;min-width:180px}
    td small{display:block;font-size:11.5px;line-height:1.3;color:var(--soft);font-weight:400}
    .scores td{padding:7px 14px 7px 10px}
    .scores thead .n{padding-right:14px}
    .best{font-weight:700;background:var(--tint)}
    .sign{vertical-align:-2px;margin-right:8px}
    code,pre{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:12.5px}
    .legend{display:flex;flex-wrap:wrap;gap:4px 22px;list-style:none;margin:0 0 8px;padding:0;font-size:13px;
    color:var(--soft)}
    .legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:7px;vertical-align:-1px}
    i.kept{background:var(--right)}i.spare{background:var(--spare)}i.wrong{background:var(--miss)}
    i.abstained{background:var(--none)}i.failed{background:var(--failed)}
    .yield td:nth-child(2){width:36%;min-width:170px}
    .yield tbody th{white-space:nowrap}
    .coverage text{font-size:11px}.coverage .c0{fill:var(--rule)}.coverage .c1{fill:var(--right);opacity:.3}
    .coverage .c2{fill:var(--right);opacity:.5}.coverage .c3{fill:var(--right);opacity:.75}
    .coverage .c4{fill:var(--right)}

    """

  private static let plots: HTML = """
    .panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:10px 36px}
    figure{margin:0;max-width:720px;min-width:0;break-inside:avoid}
    figure h3{margin:16px 0 4px}
    svg{display:inline-block}
    .plot{display:block;width:100%;height:auto;overflow:visible}
    svg text{font-size:12.5px;fill:var(--soft)}
    .plot .end{font-weight:600}
    .grid{stroke:var(--rule);stroke-width:1}.base,.notch{stroke:var(--soft);stroke-width:1}
    .line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
    .band{opacity:.13;stroke:none}
    .mark{stroke:var(--paper);stroke-width:1.2}
    .d1{stroke-dasharray:7 5}.d2{stroke-dasharray:2 5}
    .line.s0{stroke:var(--c0)}.line.s1{stroke:var(--c1)}.line.s2{stroke:var(--c2)}.line.s3{stroke:var(--c3)}
    .line.s4{stroke:var(--c4)}.line.s5{stroke:var(--c5)}.line.s6{stroke:var(--c6)}.line.s7{stroke:var(--c7)}
    svg .band.s0,svg .mark.s0,svg .end.s0{fill:var(--c0)}svg .band.s1,svg .mark.s1,svg .end.s1{fill:var(--c1)}
    svg .band.s2,svg .mark.s2,svg .end.s2{fill:var(--c2)}svg .band.s3,svg .mark.s3,svg .end.s3{fill:var(--c3)}
    svg .band.s4,svg .mark.s4,svg .end.s4{fill:var(--c4)}svg .band.s5,svg .mark.s5,svg .end.s5{fill:var(--c5)}
    svg .band.s6,svg .mark.s6,svg .end.s6{fill:var(--c6)}svg .band.s7,svg .mark.s7,svg .end.s7{fill:var(--c7)}
    svg .mark.hollow{fill:var(--paper);stroke-width:2}
    .hollow.s4{stroke:var(--c4)}.hollow.s5{stroke:var(--c5)}.hollow.s6{stroke:var(--c6)}.hollow.s7{stroke:var(--c7)}
    .bar{display:block;width:100%;height:18px}
    rect.kept{fill:var(--right)}rect.spare{fill:var(--spare)}rect.wrong{fill:var(--miss)}
    rect.abstained{fill:var(--none)}rect.failed{fill:var(--failed)}
    .forest{vertical-align:middle}
    .forest .zero{stroke:var(--soft);stroke-width:1}
    .forest .reach{stroke:var(--none);stroke-width:2;stroke-dasharray:3 3}
    .forest circle{fill:var(--paper);stroke:var(--none);stroke-width:2}
    .forest.clear .reach{stroke:var(--c0);stroke-dasharray:none;stroke-width:2.6}
    .forest.clear circle{fill:var(--c0);stroke:var(--c0)}
    .time rect{fill:var(--none)}.time rect.running{fill:var(--c4)}.time rect.failed{fill:var(--wrong)}
    .graph{display:block;margin:14px 0 26px;width:100%;min-width:820px;height:auto}
    .graph rect{fill:var(--sheet);stroke:var(--rule);stroke-width:1.5}
    .graph .name{fill:var(--ink);font-weight:600;font-size:13.5px}
    .graph .edge{fill:none;stroke:var(--soft);stroke-width:1.3;opacity:.6}
    .graph .finished rect{stroke:var(--right)}.graph .reused rect{stroke:var(--c0)}
    .graph .running rect{stroke:var(--c4);stroke-width:2.4}.graph .failed rect{stroke:var(--wrong);stroke-width:2.4}
    .graph .waiting rect{stroke-dasharray:5 4}

    """

  private static let cards: HTML = """
    details{border-top:1px solid var(--rule);padding:11px 0}
    details:last-child{border-bottom:1px solid var(--rule)}
    summary{cursor:pointer;overflow-wrap:anywhere}
    summary b{font-weight:600;margin:0 14px 0 4px}
    article{background:var(--sheet);border:1px solid var(--rule);border-left:4px solid var(--none);
    border-radius:4px 10px 10px 4px;padding:16px 20px;margin:14px 0;break-inside:avoid}
    article.right{border-left-color:var(--right)}article.wrong{border-left-color:var(--wrong)}
    article.failed{border-left-color:var(--failed)}
    .question{margin:0 0 10px;font-weight:550;max-width:90ch;white-space:pre-wrap;overflow-wrap:anywhere}
    pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;max-height:360px;overflow:auto}
    pre.code{max-height:none;padding:14px 4px}
    article pre{font-size:13px}article details.prompt{border:0;padding:0 0 10px;color:var(--soft)}
    article dl{display:flex;flex-wrap:wrap;gap:6px 30px;margin:14px 0 0;font-size:13px;align-items:baseline}
    article dt{color:var(--soft);margin-right:-22px}article dd{margin:0;font-weight:550;overflow-wrap:anywhere}
    .verdict{display:inline-block;padding:0 9px;border-radius:99px;font-size:12.5px;font-weight:600;line-height:20px;
    margin-right:6px;color:var(--none);background:color-mix(in srgb,currentColor 13%,transparent)}
    .verdict.right{color:var(--right)}.verdict.wrong{color:var(--wrong)}.verdict.failed{color:var(--failed)}

    """

  private static let print: HTML = """
    @media print{body{font-size:11pt;background:none}main{padding:0;max-width:none}section{margin-top:26pt}
    .wide{overflow:visible}table{font-size:9pt}tr{break-inside:avoid}h2,h3{break-after:avoid}
    .panels{grid-template-columns:1fr 1fr}pre{max-height:none}*{print-color-adjust:exact}
    details::details-content{content-visibility:visible;display:block;height:auto}.graph{max-width:100%;height:auto}}

    """
}

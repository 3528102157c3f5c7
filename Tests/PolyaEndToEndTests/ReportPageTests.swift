import Foundation
import PolyaTestSupport
import Testing

/// The report of a run as a browser shows it: read with the keyboard, in both color schemes, wide and narrow.
struct ReportPageTests {
  private let folder: TemporaryFolder
  private let page: String

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
    let file = try folder.write(
      "page.json5",
      """
      { polya: 1, run: { name: "page", seed: 5, "max-unscored": 1 },
        plugins: {
          fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                   "key-value-heads": 1, "feed-forward": 48, context: 320 } },
          words: { use: "polya.word-arithmetic" }, length: { use: "./length.so" },
          ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["analogy", "plain"] } } },
        tasks: { train: { from: "words", split: "train", count: 12 }, test: { from: "words", split: "test", count: 16 } },
        stages: {
          polya: { kind: "reinforce", model: "fresh", tasks: "train", steps: 5, rewards: [{ use: "length" }],
                   strategies: ["ways"], "prompts-per-step": 2, "group-size": 4, "max-tokens": 12,
                   "learning-rate": 1e-2 },
          scores: { kind: "evaluate", models: ["fresh", "polya"], tasks: "test", verify: "length", samples: 4,
                    "max-tokens": 12, compare: [{ first: "polya", second: "fresh" }] } } }
      """)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    page = folder.path("runs/page/report.html")
  }

  /// What the browser answers to each line.
  private func browse(_ lines: [[String: Any]]) throws -> [Any] {
    let input = try lines.map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self)
    }.joined(separator: "\n")
    let done = try Command.run(
      "/usr/bin/env", ["python3", Repository.root.appending(path: "Tests/Fixtures/browser.py").path],
      input: input + "\n")
    try #require(done.status == 0, "\(done.errors)")
    return try done.output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
    }
  }

  private static let visible = "[...document.querySelectorAll('.rollout')].filter(e => e.offsetHeight)"

  /// Of the rollouts in the records: all are shown, since there are few.
  private func rollouts() throws -> [[String: Any]] {
    let stages = folder.url.appending(path: "runs/page/stages")
    let names = try FileManager.default.contentsOfDirectory(atPath: stages.path)
    let stage = stages.appending(path: try #require(names.first { $0.hasPrefix("polya-") }))
    let files = try FileManager.default.contentsOfDirectory(atPath: stage.path).filter {
      $0.hasPrefix("rollouts-")
    }
    return try files.sorted().flatMap { name in
      let head = try Command.polya(["data", "head", stage.appending(path: name).path, "--count", "1000"])
      return try head.output.split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
    }
  }

  @Test func rolloutsAreFilteredWithTheKeyboardAlone() throws {
    guard try Toolchain.has("chromium") else { return }
    let rollouts = try rollouts()
    #expect(rollouts.count == 40)
    let focus = { (name: String) in
      ["js": "document.querySelector('input[name=\(name)-0]').focus()"] as [String: Any]
    }
    let count: [String: Any] = ["js": Self.visible + ".length"]
    let found = try browse([
      ["open": page], count,
      // The first step, then the second.
      focus("step"), ["key": "ArrowRight"], count, ["key": "ArrowRight"], count,
      // Of the second step, only the right ones.
      focus("verdict"), ["key": "ArrowRight"], count,
      // Of all steps, those by the first heuristic.
      ["js": "document.querySelectorAll('form').forEach(f => f.reset())"], count,
      focus("heuristic"), ["key": "ArrowRight"], count,
      // The next element is the first shown rollout after the other filters; Enter opens it.
      ["js": Self.visible + "[0].querySelector('summary').focus()"], ["key": "Enter"],
      ["js": Self.visible + "[0].querySelector('pre').textContent"], ["asked": true],
    ])
    func expected(_ isWanted: ([String: Any]) -> Bool) -> Int { rollouts.count(where: isWanted) }
    #expect(found[1] as? Int == 40)
    #expect(found[4] as? Int == expected { $0["step"] as? Int == 0 })
    #expect(found[6] as? Int == expected { $0["step"] as? Int == 1 })
    #expect(
      found[9] as? Int == expected { $0["step"] as? Int == 1 && $0["outcome"] as? String == "right" })
    #expect(found[11] as? Int == 40)
    #expect(found[14] as? Int == expected { $0["heuristic"] as? String == "analogy" })
    let texts = rollouts.filter { $0["heuristic"] as? String == "analogy" }.compactMap {
      $0["prompt"] as? String
    }
    #expect(texts.contains(found[17] as? String ?? ""), "\(found[17])")
    let asked = try #require(found[18] as? [String: Any])
    #expect((asked["urls"] as? [String])?.count == 1, "nothing but the page: \(asked)")
    #expect((asked["complaints"] as? [Any])?.isEmpty == true, "\(asked)")
  }

  @Test func itIsLegibleInBothSchemesAndOnAPhone() throws {
    guard try Toolchain.has("chromium") else { return }
    let colors: [String: Any] = [
      "js": "['color', 'backgroundColor'].map(k => getComputedStyle(document.body)[k])"
    ]
    let overflow: [String: Any] = [
      "js": "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    ]
    let found = try browse([
      ["open": page], ["dark": false], colors, ["dark": true], colors, ["width": 400],
      ["js": "document.querySelectorAll('details').forEach(d => d.open = true)"], overflow, ["width": 1400],
      overflow,
      [
        "js":
          "document.querySelector('.sides').children[1].offsetLeft > document.querySelector('.sides').children[0].offsetLeft"
      ],
      ["js": "[...document.querySelectorAll('.pair summary .ask')].every(e => e.textContent.length > 10)"],
    ])
    func light(_ color: String) -> Int {
      color.split { !$0.isNumber }.prefix(3).reduce(0) { $0 + (Int($1) ?? 0) }
    }
    let (day, night) = (try #require(found[2] as? [String]), try #require(found[4] as? [String]))
    #expect(light(day[0]) < 200 && light(day[1]) > 600 && light(night[0]) > 600 && light(night[1]) < 200)
    #expect(found[7] as? Int == 0, "a narrow page scrolls sideways")
    #expect(found[9] as? Int == 0 && found[10] as? Bool == true && found[11] as? Bool == true)
  }
}

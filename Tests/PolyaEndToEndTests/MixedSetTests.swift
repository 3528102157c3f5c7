import Foundation
import PolyaTestSupport
import Testing

/// A set of mathematics, code, and narrative, answered by two models of a server: each row is judged by the reward of its kind.
struct MixedSetTests {
  private let folder: TemporaryFolder
  private let servers: [StandInServer]

  private static let story = "Ana hid the key in the jar. Ben moved it to the box while Ana slept."

  private static var tasks: [[String: Any]] {
    [
      [
        "id": "sum", "question": "What is 20 + 22?", "reference": "42", "reference_kind": "math",
        "metadata": ["book": "A"],
      ],
      [
        "id": "half",
        "question":
          "What is one half of 3, in the decimal system of numbers that we all learn in our first school?",
        "reference": "1.5", "reference_kind": "math", "metadata": ["book": "A"],
      ],
      [
        "id": "double", "question": "Write a function double(n).",
        "reference": #"{"tests": "assert double(4) == 8"}"#,
        "reference_kind": "unit-tests", "metadata": ["book": "B"],
      ],
      [
        "id": "where", "question": story + "\n\nWhere does Ana look first?\nA. jar\nB. box", "reference": "A",
        "reference_kind": "choice", "metadata": ["book": "C", "choices": ["jar", "box"]],
      ],
    ]
  }

  private static let program = "```python\ndef double(n):\n    return 2 * n\n```"
  private static let wrong = "```python\ndef double(n):\n    return n + 1\n```"

  private static func answers(_ isGood: Bool) -> [String: [String]] {
    [
      "20 + 22": isGood
        ? [#"\boxed{42}"#, #"\boxed{42.0}"#] : [#"\boxed{42}"#, #"\boxed{41}"#, #"\boxed{40}"#],
      "one half": isGood ? [#"\boxed{\frac{3}{2}}"#] : [#"\boxed{1}"#, #"\boxed{1.5}"#, #"\boxed{1}"#],
      "double(n)": isGood ? [program] : [wrong, program, wrong],
      "Ana look": isGood ? ["Answer: A"] : ["Answer: B"],
    ]
  }

  init() throws {
    folder = try TemporaryFolder()
    servers = try [true, false].map { isGood in
      let plan: [String: Any] = ["flavor": "openai", "answers": Self.answers(isGood)]
      return try StandInServer(
        "openai_server.py",
        [String(decoding: try JSONSerialization.data(withJSONObject: plan), as: UTF8.self)])
    }
    let lines = try Self.tasks.map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys), as: UTF8.self)
    }
    try folder.write("mixed.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.write("seen.jsonl", lines[1] + "\n")
  }

  private func manifest(_ name: String, _ more: String, set: String = "mixed") -> String {
    let models = zip(["good", "poor", "poor2"], [0, 1, 1]).map { name, server in
      """
      \(name): { use: "polya.server", options: { url: ["\(servers[server].url)"], model: "stand-in" } },
      """
    }
    return """
      { polya: 1, run: { name: "\(name)", seed: 3 },
        plugins: { \(models.joined())
          math: { use: "polya.math-answer" }, choice: { use: "polya.choice" }, tests: { use: "polya.code-tests" } },
        panels: { graders: { rewards: ["math", "choice", "tests"] } },
        tasks: { mixed: { path: "\(set).jsonl", format: "polya" }, seen: { path: "seen.jsonl", format: "polya" } },
        stages: {
          scores: { kind: "evaluate", models: ["good", "poor", "poor2"], tasks: "mixed", verify: "graders", samples: 6,
                    k: [1, 6], "max-tokens": 200, \(more) } } }
      """
  }

  private func run(_ name: String, _ more: String) throws -> CommandResult {
    let file = try folder.write("\(name).json5", manifest(name, more))
    return try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
  }

  private func results(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.url.appending(path: "runs/\(name)/results.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func value(_ results: [String: Any], _ model: String, _ metric: String, kind: String? = nil) throws
    -> Double
  {
    let scores = try #require(results["scores"] as? [[String: Any]])
    let found = scores.filter {
      $0["model"] as? String == model && $0["metric"] as? String == metric && $0["kind"] as? String == kind
    }
    return try #require(found.count == 1 ? found[0]["value"] as? Double : nil, "\(model) \(metric) \(scores)")
  }

  @Test func eachRowIsJudgedByTheRewardOfItsKind() throws {
    let done = try run(
      "mixed",
      """
      "majority-k": [6], greedy: true, "cluster-by": "book", arms: [{ name: "seeds", models: ["poor", "poor2"] }],
      compare: [{ first: "good", second: "seeds" }], contamination: { against: "seen" }
      """)
    try #require(done.status == 0, "\(done.errors)")
    let found = try results("mixed")
    for kind in ["unit-tests", "choice"] {
      #expect(try value(found, "good", "pass@1", kind: kind) == 1)
      #expect(try value(found, "good", "maj@6", kind: kind) == 1)
    }
    #expect(try value(found, "poor", "pass@6", kind: "choice") == 0)
    // At temperature 0, the first answers: of the poor model, only the sum is right.
    #expect(try value(found, "good", "greedy") == 1 && value(found, "poor", "greedy") == 0.25)
    #expect(try value(found, "good", "maj@6", kind: "math") == 1, "42 and 42.0 are one answer")
    // Both seeds are the same model asked the same way.
    for metric in ["pass@1", "pass@6", "maj@6", "greedy"] {
      #expect(try value(found, "seeds", metric) == value(found, "poor", metric))
    }
    let comparisons = try #require(found["comparisons"] as? [[String: Any]])
    #expect(
      comparisons.compactMap { $0["metric"] as? String } == [
        "pass@1", "pass@6", "maj@6", "greedy", "pass@1..6",
      ])
    let overlap = try #require((found["contamination"] as? [[String: Any]])?.first)
    let pairs = try #require(overlap["resembling"] as? [[String: Any]])
    #expect(pairs.map { $0["task"] as? String } == ["half"] && overlap["questions"] as? Int == 4)
    let page = try String(contentsOf: folder.url.appending(path: "runs/mixed/report.html"), encoding: .utf8)
    for text in ["by kind of question", "2 training seeds", "maj@6", "greedy", "id=\"contamination\""] {
      #expect(page.contains(text), "\(text)")
    }
    let compared = try Command.polya(
      ["compare", "runs/mixed", "good", "poor,poor2", "--json"], folder: folder.url)
    #expect(compared.status == 0 && compared.output.contains("\"second\":\"poor,poor2\""), "\(compared)")
  }

  @Test func contaminatedQuestionsAreLeftOut() throws {
    let done = try run("clean", #"contamination: { against: ["seen"], exclude: true }"#)
    try #require(done.status == 0, "\(done.errors)")
    let scores = try #require(try results("clean")["scores"] as? [[String: Any]])
    let whole = scores.filter { $0["kind"] == nil }
    #expect(!whole.isEmpty && whole.allSatisfy { $0["questions"] as? Int == 3 })
    let all = try run("none", #"contamination: { against: ["mixed"], exclude: true }"#)
    #expect(all.status != 0 && all.errors.contains("all 4 questions of 'mixed' resemble training questions"))
  }

  @Test(arguments: [
    (#""majority-k": [2, 2]"#, "names '2' twice"),
    (#""majority-k": [7]"#, "must be from 1 to 6, the number of samples, not 7"),
    (#""cluster-by": "bok""#, "the task 'sum' has no 'bok' in its metadata"),
    (#"arms: [{ name: "good", models: ["poor", "poor2"] }]"#, "'good' is already the name of a model or arm"),
    (#"arms: [{ name: "a", models: ["poor", "pour"] }]"#, "'pour' is not among the models"),
    (#"arms: [{ name: "a", models: ["poor"] }]"#, "needs at least two models"),
    (#"arms: [{ name: "a", models: ["poor", "poor"] }]"#, "names 'poor' twice"),
    (#"contamination: { against: "sen" }"#, "sen"),
  ])
  func wrongSettingsAreExplained(more: String, expected: String) throws {
    let done = try run("wrong", more)
    #expect(done.status != 0 && done.errors.contains(expected), "\(done.errors)")
  }
}

import Foundation
import PolyaTestSupport
import Testing

/// Rewards that ask models of the manifest, through the real binary and on the quickstart's model.
struct AdherenceTests {
  private let folder: TemporaryFolder
  private let base = Repository.root.appending(path: "examples/quickstart/base").path

  init() throws { folder = try TemporaryFolder() }

  private struct Row { let question, completion, heuristic: String }

  private static let approaches = [
    "analogy", "working-backwards", "decomposing", "auxiliary-elements", "step-by-step", "bright-idea",
    "specialization", "setting-up-equations",
  ]

  private static let plugins = """
    words: { use: "polya.word-arithmetic", options: { kinds: ["chain", "start", "rate", "pair", "packed"] } },
    ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: \(approaches) } }
    """

  /// Demonstrations of a split: what follows which approach is known, and no model has seen them.
  private func demonstrations(_ split: String, _ count: Int) throws -> (rows: [Row], lines: String) {
    let manifest = """
      { polya: 1, run: { name: "\(split)", seed: 3 }, plugins: { \(Self.plugins) },
        tasks: { stories: { from: "words", split: "\(split)", count: \(count) } },
        stages: { shown: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: \(count) } } }
      """
    let file = try folder.write("\(split).json5", manifest)
    let run = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let stages = folder.url.appending(path: "runs/\(split)/stages")
    let stage = try #require(try FileManager.default.contentsOfDirectory(atPath: stages.path).first)
    let head = try Command.polya(["data", "head", stages.appending(path: stage).path, "--count", "\(count)"])
    let rows = try objects(head.output).map { record in
      let prompt = try #require(record["prompt"] as? String)
      let question = try #require(prompt.split(separator: "\n").first).dropFirst("Question: ".count)
      return Row(
        question: String(question), completion: try #require(record["completion"] as? String),
        heuristic: try #require(record["heuristic"] as? String))
    }
    return (rows, head.output)
  }

  private func objects(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private func line(_ row: Row, by heuristic: String, id: String, _ prompt: String) throws -> String {
    let object: [String: Any] = [
      "id": id, "question": row.question, "completion": row.completion, "reference": heuristic,
      "reference_kind": "heuristic", "transcript": [["role": "user", "content": prompt]],
    ]
    return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  /// What the strategy asks, for each heuristic, about a question that is easily found in it.
  private func prompts() throws -> [String: String] {
    let asked = try Command.polya([
      "strategy", "try", "--use", "polya.heuristics", "--option", "shots=0", "--option", "instruct=false",
      "--option", "only=[\(Self.approaches.map { "'\($0)'" }.joined(separator: ","))]", "--question",
      "QUESTION",
      "--json",
    ])
    #expect(asked.status == 0, "\(asked.errors)")
    var prompts: [String: String] = [:]
    for move in try objects(asked.output) where move["action"] as? String == "ask" {
      let messages = try #require(move["messages"] as? [[String: String]])
      prompts[try #require(move["heuristic"] as? String)] = messages.first?["content"]
    }
    #expect(prompts.count == Self.approaches.count)
    return prompts
  }

  private func score(_ rows: [String], _ options: [String]) throws -> [[String: Any]] {
    let result = try Command.run(
      Repository.products.appending(path: "polya").path, ["reward", "score"] + options,
      input: rows.joined(separator: "\n"), folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return try objects(result.output)
  }

  /// The share of demonstrations whose own approach gets the highest score of eight.
  private func shareRankedFirst(_ rows: [Row], _ options: [String]) throws -> Double {
    let prompts = try prompts()
    let lines = try rows.enumerated().flatMap { index, row in
      try Self.approaches.map { heuristic in
        try line(
          row, by: heuristic, id: "\(index)",
          try #require(prompts[heuristic]).replacingOccurrences(of: "QUESTION", with: row.question))
      }
    }
    let verdicts = try score(lines, options)
    #expect(verdicts.count == lines.count)
    let first = try rows.indices.count { index in
      let scores = try (0..<8).map { place -> Double in
        let verdict = verdicts[8 * index + place]
        let ratio = (verdict["components"] as? [String: Double])?["ratio"]
        return try #require(ratio ?? verdict["score"] as? Double)
      }
      let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
      return Self.approaches[best] == rows[index].heuristic
    }
    return Double(first) / Double(rows.count)
  }

  @Test func theApproachOfADemonstrationIsRecognized() throws {
    let shown = try demonstrations("test", 60).rows
    try demonstrations("train", 400).lines.write(
      toFile: folder.path("labeled.jsonl"), atomically: true, encoding: .utf8)
    let model = [
      "--bind", "judge=polya.transformer", "--option", "judge.folder=\(base)", "--option", "model=judge",
    ]
    let likelihood = try shareRankedFirst(shown, ["--use", "polya.adherence"] + model)
    let examples = try shareRankedFirst(
      shown, ["--use", "polya.adherence-examples", "--option", "examples=labeled.jsonl"])
    #expect(likelihood >= 0.8)
    #expect(examples >= 0.8)
    // Told apart from their own approach, answers are recognized no more: the rate is not built in.
    let strangers = zip(shown, shown.dropFirst() + shown.prefix(1)).map {
      Row(question: $0.question, completion: $0.completion, heuristic: $1.heuristic)
    }
    #expect(
      try shareRankedFirst(strangers, ["--use", "polya.adherence"] + model) < 0.5)
  }

  /// What a plugin is told of a model is what the model says when it is asked directly.
  @Test func aLentModelSaysWhatItSaysItself() throws {
    let row = try demonstrations("test", 1).rows[0]
    let prompt = "Question: \(row.question)\nAnswer:"
    let use = ["--use", "polya.transformer", "--option", "folder=\(base)"]
    func model(_ verb: String, _ input: String) throws -> [String: Any] {
      let result = try Command.run(
        Repository.products.appending(path: "polya").path, ["model", verb] + use, input: input,
        folder: folder.url)
      return try #require(try objects(result.output).first, "\(result.errors)")
    }
    func ids(_ text: String) throws -> [Int] {
      let data = try JSONSerialization.data(withJSONObject: ["text": text])
      return try #require(try model("tokenize", String(decoding: data, as: UTF8.self))["ids"] as? [Int])
    }
    let (asked, answer) = (try ids(prompt), try ids(row.completion))
    let logprobs = try #require(try model("score", "{\"ids\": \(asked + answer)}")["logprobs"] as? [Any])
    let mean = logprobs.suffix(answer.count).compactMap { $0 as? Double }.reduce(0, +) / Double(answer.count)
    let options = [
      "--use", "polya.adherence", "--bind", "m=polya.transformer", "--option", "m.folder=\(base)",
      "--option", "model=m",
    ]
    let verdict = try score([try line(row, by: "analogy", id: "1", prompt)], options)[0]
    let components = try #require(verdict["components"] as? [String: Double])
    #expect(abs(try #require(components["plain"]) - mean) < 1e-6)
    #expect(components["ratio"] == 0, "both prompts are the same")
    #expect(verdict["score"] as? Double == 0.5)
  }

  @Test func aJudgeAnswersInWordsAndNumbers() throws {
    let row = Row(
      question: "Tom had 12 beads. He got 3 more. How many now?", completion: "", heuristic: "analogy")
    let use = [
      "--use", "polya.judge", "--bind", "m=polya.transformer", "--option", "m.folder=\(base)",
      "--option", "model=m",
    ]
    let lines = [try line(row, by: "analogy", id: "1", "Q")]
    let words = try #require(try score(lines, use)[0]["score"] as? Double)
    let swapped = try score(lines, use + ["--option", "yes=No", "--option", "no=Yes"])[0]
    #expect(abs(words + (try #require(swapped["score"] as? Double)) - 1) < 1e-6, "two words share the whole")
    // This model writes sums, so that a number turns up; where the range has none of them, there is no verdict.
    let number = [
      "--option", "scale=number", "--option", "highest=1000000", "--option", "max-tokens=40",
      "--option", "prompt=Question: {question}\nAnswer:{answer}",
    ]
    #expect(try score(lines, use + number)[0]["score"] is Double)
    let none = number + ["--option", "lowest=999999"]
    #expect(try score(lines, use + none)[0]["outcome"] as? String == "abstained")
  }

  @Test func aModelThatIsNowhereIsAskedFor() throws {
    let result = try Command.run(
      Repository.products.appending(path: "polya").path,
      ["reward", "score", "--use", "polya.adherence", "--option", "model=m"], input: "{\"completion\":\"x\"}",
      folder: folder.url)
    #expect(result.status == 2)
    #expect(result.errors.contains("there is no plugin 'm'; define it with "), "\(result.errors)")
    #expect(result.errors.contains("--bind m=ID"))
  }

  @Test func aJudgeKeepsTheContract() throws {
    for use in ["polya.judge", "polya.adherence"] {
      let check = try Command.polya(["plugin", "check", use, "--plugin", use, "--option", "model=any"])
      #expect(check.status == 0, "\(check.output)")
    }
  }

  // MARK: In a manifest

  private func manifest(follows: String = "", extra: String = "") -> String {
    """
    { polya: 1, run: { name: "bound", seed: 5, "max-unscored": 1 },
      plugins: { \(Self.plugins), base: { use: "polya.transformer", options: { folder: "\(base)" } },
        answer: { use: "polya.math-answer" },
        follows: { use: "polya.adherence", \(follows) options: { model: "base"\(extra) } } },
      tasks: { train: { from: "words", split: "train", count: 12 } },
      stages: {
        candidates: { kind: "bootstrap", model: "base", tasks: "train", strategies: ["ways"], samples: 2,
                      "max-tokens": 80, verify: "answer", adherence: "follows" },
        eight: { kind: "select", from: "candidates", variants: 8 } } }
    """
  }

  private func candidates(_ runs: String, besides known: [String] = []) throws -> [[String: Any]] {
    let stages = folder.url.appending(path: "\(runs)/bound/stages")
    let names = try FileManager.default.contentsOfDirectory(atPath: stages.path).filter {
      $0.hasPrefix("candidates-")
    }
    let name = try #require(names.first { !known.contains($0) })
    return try objects(
      try Command.polya(["data", "head", stages.appending(path: name).path, "--count", "1000"]).output)
  }

  @Test func candidatesGetTheirAdherence() throws {
    let file = try folder.write("m.json5", manifest())
    let run = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let records = try candidates("runs")
    let right = records.filter { $0["outcome"] as? String == "right" }
    #expect(right.count > 10)
    #expect(right.allSatisfy { ($0["adherence"] as? Double).map { (0...1).contains($0) } ?? false })
    #expect(records.allSatisfy { $0["outcome"] as? String == "right" || !($0["adherence"] is Double) })
    // The model was made to follow what it is asked for.
    let adherences = right.compactMap { $0["adherence"] as? Double }
    #expect(adherences.count { $0 > 0.5 } > adherences.count * 8 / 10)
    let known = try FileManager.default.contentsOfDirectory(
      atPath: folder.url.appending(path: "runs/bound/stages").path)
    // Another reward judges what is stored: the samples are the same.
    let again = try folder.write("m.json5", manifest(extra: ", scale: 1"))
    let second = try Command.polya(
      ["run", again, "--runs", "runs", "--stage", "candidates"], folder: folder.url)
    #expect(second.status == 0, "\(second.errors)")
    #expect(!second.errors.contains("candidates: up to date"))
    let slopes = zip(
      adherences, try candidates("runs", besides: known).compactMap { $0["adherence"] as? Double }
    ).map {
      log($0 / (1 - $0)) - 4 * log($1 / (1 - $1))
    }
    #expect(slopes.count == adherences.count && slopes.allSatisfy { abs($0) < 1e-6 }, "\(slopes)")
  }

  /// Every function of the service: log-probs and prompts, samples, encoding.
  @Test(arguments: [
    ["--use", "polya.adherence"], ["--use", "polya.judge"],
    ["--use", "polya.judge", "--option", "scale=number", "--option", "max-tokens=4"],
  ])
  func aProcessOfItsOwnAsksTheSameModel(_ plugin: [String]) throws {
    let shown = try demonstrations("test", 8).rows
    let lines = try shown.enumerated().map {
      try line($1, by: $1.heuristic, id: "\($0)", "Question: \($1.question)\nAnswer:")
    }
    let options =
      plugin + [
        "--bind", "judge=polya.transformer", "--option", "judge.folder=\(base)", "--option", "model=judge",
      ]
    let outputs = try ["host", "process"].map { isolation in
      let result = try Command.run(
        Repository.products.appending(path: "polya").path,
        ["reward", "score"] + options + ["--isolation", isolation],
        input: lines.joined(separator: "\n"), folder: folder.url)
      #expect(result.status == 0 || result.output.contains("no-number"), "\(result.errors)")
      return result.output
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].split(separator: "\n").count == 8)
  }

  @Test(arguments: [
    ("", "bsae", 2, "there is no plugin 'bsae'; did you mean 'base'?"),
    ("", "answer", 2, "'answer' is a reward, not a model"),
  ])
  func whatCannotBeBoundIsRefusedBeforeAnythingRuns(
    follows: String, model: String, status: Int32, message: String
  )
    throws
  {
    let text = manifest(follows: follows).replacingOccurrences(
      of: "{ model: \"base\"", with: "{ model: \"\(model)\"")
    let doctor = try Command.polya(["doctor", try folder.write("m.json5", text)], folder: folder.url)
    #expect(doctor.status == status, "\(doctor.errors)")
    #expect(doctor.errors.replacingOccurrences(of: "\n", with: " ").contains(message), "\(doctor.errors)")
  }
}

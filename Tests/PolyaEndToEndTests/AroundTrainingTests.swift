import Foundation
import PolyaTestSupport
import Testing

/// The stages around reinforcement, `interpolate` and `distill`, through the real binary.
struct AroundTrainingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ stages: String, wide: Int = 32) throws -> CommandResult {
    func shape(_ hidden: Int) -> String {
      #"shape: "custom", hidden: \#(hidden), layers: 2, heads: 2, "key-value-heads": 1, "feed-forward": 48, context: 512"#
    }
    let file = try folder.write(
      "around.json5",
      """
      { polya: 1, run: { name: "around", seed: 5 },
        plugins: {
          one: { use: "polya.transformer", options: { \(shape(32)), seed: 1 } },
          other: { use: "polya.transformer", options: { \(shape(wide)), seed: 2 } },
          ways: { use: "polya.heuristics", options: { only: ["analogy", "symmetry"], shots: 0 } },
          words: { use: "polya.word-arithmetic" }, answer: { use: "polya.math-answer" } },
        tasks: { train: { from: "words", split: "train", count: 6 } },
        stages: { \(stages) } }
      """)
    return try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
  }

  private func stage(_ name: String) throws -> URL {
    let stages = folder.url.appending(path: "runs/around/stages")
    let found = try FileManager.default.contentsOfDirectory(atPath: stages.path).filter {
      $0.hasPrefix(name + "-")
    }
    return stages.appending(path: try #require(found.first))
  }

  private func weights(_ name: String) throws -> [Float] {
    let bytes = try Data(contentsOf: try stage(name).appending(path: "checkpoint/model.safetensors"))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let data = Array(bytes.dropFirst(8 + length))
    return stride(from: 0, to: data.count, by: 4).map { place in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[place + $1]) << (8 * UInt32($1)) })
    }
  }

  @Test func theMeanOfModelsIsTheMeanOfTheirWeights() throws {
    let result = try run(
      """
      first: { kind: "interpolate", models: [{ use: "one", weight: 1 }, { use: "other", weight: 0 }] },
      second: { kind: "interpolate", models: [{ use: "one", weight: 0 }, { use: "other", weight: 1 }] },
      mean: { kind: "interpolate", models: [{ use: "first" }, { use: "second" }] },
      scores: { kind: "evaluate", models: ["mean"], tasks: "train", verify: "answer", samples: 2, "max-tokens": 4 }
      """)
    #expect(result.status == 0, "\(result.errors)")
    let (first, second, mean) = (try weights("first"), try weights("second"), try weights("mean"))
    #expect(first != second && first.count == mean.count)
    let expected: [Float] = zip(first, second).map { (a: Float, b: Float) in
      Float((Double(a) + Double(b)) / 2)
    }
    #expect(mean == expected)
  }

  @Test(arguments: [
    (#"[{ use: "one" }]"#, "must name at least two models"),
    (
      #"[{ use: "one", weight: 0.5 }, { use: "other", weight: 0.6 }]"#,
      "the weights must sum to 1, not to 1.1"
    ),
    (#"[{ use: "one", weight: 0.5 }, { use: "other" }]"#, "give 'weight' for all of the models or for none"),
    (#"[{ use: "one" }, { use: "answer" }]"#, "needs a model, but 'answer' is a reward"),
  ])
  func mistakesAreNamed(models: String, sentence: String) throws {
    let result = try run("mean: { kind: \"interpolate\", models: \(models) }")
    #expect(result.status == 2 && result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func modelsOfOtherShapesAreRefused() throws {
    let result = try run(
      #"mean: { kind: "interpolate", models: [{ use: "one" }, { use: "other" }] }"#, wide: 48)
    #expect(result.status == 2 && result.errors.contains("has other tensors than"), "\(result.errors)")
  }

  @Test func aModelTeachesItself() throws {
    let stages = #"""
      taught: { kind: "distill", model: "one", tasks: "train", strategies: ["ways"], steps: 40, "prompts-per-step": 6,
                "group-size": 8, "max-tokens": 8, "learning-rate": 1e-3 }
      """#
    let result = try run(stages)
    #expect(result.status == 0, "\(result.errors)")
    let json = try Data(contentsOf: try stage("taught").appending(path: "stage.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let summary = try #require(object["summary"] as? [String: Any])
    let (first, last) = (
      try #require(summary["first_kl"] as? Double), try #require(summary["last_kl"] as? Double)
    )
    #expect(summary["steps"] as? Int == 40 && last < first && first > 0, "\(first), \(last)")
    let again = try Command.polya(
      ["run", "around.json5", "--runs", "again", "--threads", "1"], folder: folder.url)
    #expect(again.status == 0)
    let model = "taught-\(try stage("taught").lastPathComponent.dropFirst(7))/checkpoint/model.safetensors"
    #expect(
      try Data(contentsOf: folder.url.appending(path: "runs/around/stages/\(model)"))
        == Data(contentsOf: folder.url.appending(path: "again/around/stages/\(model)")))
  }
}

import Foundation
import PolyaTestSupport
import Testing

/// The scripts of `examples/cluster`, with a scheduler that runs jobs one after the other, and stand-ins for vLLM and SkyRL.
struct ClusterExampleTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: Repository.root.appending(path: "examples/cluster"), to: folder.url.appending(path: "cluster"))
  }

  private static let counts = [
    ("gsm8k-train", 3), ("dapo-math-17k", 4), ("math-500", 2), ("aime-2024", 1), ("aime-2025", 1),
    ("amc-2023", 1),
  ]

  private func writeTasks() throws {
    for (name, count) in Self.counts {
      let rows = (0..<count).map { number in
        switch name {
        case "gsm8k-train": "{\"question\":\"What is 1 + \(number)?\",\"answer\":\"#### \(number + 1)\"}"
        case "dapo-math-17k":
          #"{"prompt":[{"role":"user","content":"What is 2 + \#(number)?"}],"reward_model":{"ground_truth":"\#(number + 2)"}}"#
        default: #"{"problem":"What is 3 + \#(number)?","answer":"\#(number + 3)"}"#
        }
      }
      try folder.write("cluster/\(name).jsonl", rows.joined(separator: "\n"))
    }
  }

  /// A tokenizer and a configuration, as a small engine writes them.
  private func writeModel() throws {
    let manifest = """
      { polya: 1, run: { name: "bytes" },
        plugins: { fresh: { use: "polya.transformer", options: { shape: "tiny", context: 8192 } },
                   words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" } },
        tasks: { stories: { from: "words", split: "corpus", count: 2 } },
        stages: { corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 2 },
                  base: { kind: "train", model: "fresh", data: "corpus" } } }
      """
    let run = try Command.polya(["run", try folder.write("bytes.json5", manifest)], folder: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let stages = folder.url.appending(path: "runs/bytes/stages")
    let base = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("base-") })
    try FileManager.default.moveItem(
      at: stages.appending(path: "\(base)/checkpoint"), to: folder.url.appending(path: "cluster/model"))
  }

  /// What differs from the manifest of the example: sizes, and that wrong answers are learned, since a stand-in has no others.
  private func shrink(port: Int) throws {
    let path = folder.path("cluster/paper.json5")
    var text = try String(contentsOfFile: path, encoding: .utf8)
    for (old, new) in [
      (":8000", ":\(port)"), (":8001", ":\(port)"), ("\"lora-rank\": 64", "\"lora-rank\": 4"),
      ("steps: 133", "steps: 1"),
      ("\"prompts-per-step\": 128", "\"prompts-per-step\": 2"), ("\"group-size\": 16", "\"group-size\": 2"),
      ("3072", "8"), ("1024", "8"), ("samples: 4", "samples: 1, \"tasks-per-shard\": 1"),
      ("samples: 64", "samples: 2"),
      ("variants: 16", "variants: 16, outcome: \"wrong\", truncated: \"keep\""),
      ("\"max-unscored\": 0.05", "\"max-unscored\": 1"),
    ] {
      #expect(text.contains(old), "\(old)")
      text = text.replacing(old, with: new)
    }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// The counts of the published setting, from the manifest itself.
  @Test func thePlanCountsWhatThePaperAsksFor() throws {
    try writeModel()
    try writeTasks()
    let plan = try Command.polya(
      ["plan", folder.path("cluster/paper.json5"), "--runs", folder.path("runs"), "--json"])
    #expect(plan.status == 0, "\(plan.errors)")
    var work: [String: [String: Any]] = [:]
    for line in plan.output.split(separator: "\n") {
      let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      work[row["stage"] as? String ?? ""] = row["work"] as? [String: Any]
    }
    let heuristics = try #require(
      try String(contentsOf: Repository.root.appending(path: "examples/cluster/README.md"), encoding: .utf8)
        .firstMatch(of: /all (\d+) heuristics that `polya.heuristics` has/)?.output.1)
    let ways = try #require(Int(heuristics))
    #expect(work["candidates"]?["sampled_tokens"] as? Int == 3 * (ways + 1) * 4 * 1024)
    #expect(work["polya"]?["sampled_tokens"] as? Int == 133 * 128 * 16 * 3072)
    #expect(work["scores"]?["sampled_tokens"] as? Int == 4 * 5 * 64 * 3072)
  }

  @Test func theEstimateIsWhatTheReadmeShows() throws {
    guard try Toolchain.has("python3") else { return }
    let script = folder.path("cluster/estimate.py")
    let result = try Command.run("/usr/bin/env", ["python3", script])
    let readme = try String(contentsOfFile: folder.path("cluster/README.md"), encoding: .utf8)
    #expect(result.status == 0 && readme.contains("```text\n\(result.output)```"), "\(result)")
    // By hand: 7112 x 64 x 4 samples of 300 tokens at 12,000 a second are 12.64 hours.
    #expect(result.output.contains("bootstrap: samples          12.6"))
    let twice = try Command.run("/usr/bin/env", ["python3", script, "candidates=8", "sampling=24000"])
    #expect(twice.output.contains("bootstrap: samples          12.6"))
    let wrong = try Command.run("/usr/bin/env", ["python3", script, "candidate=8"])
    #expect(wrong.status == 1 && wrong.errors.contains("there is no 'candidate'"))
  }

  @Test func theScriptsDoWhatTheySay() throws {
    guard try Toolchain.has("python3"), try Toolchain.has("curl") else { return }
    try writeModel()
    try writeTasks()
    let free = try StandInServer("echo_server.py")
    let port = try #require(URL(string: free.url)?.port)
    free.stop()
    try shrink(port: port)
    try folder.write(
      "bin/sbatch",
      """
      #!/usr/bin/env bash
      # Runs a job at once; an array's tasks one after the other.
      set -euo pipefail
      first=1 count=1
      while [[ $1 == --* ]]; do
        case $1 in
          --array) first=${2%-*} count=${2#*-}; shift 2 ;;
          --dependency) echo "after $2" >&2; shift 2 ;;
          *) shift ;;  # --parsable, --kill-on-invalid-dep=yes
        esac
      done
      for ((task = first; task <= count; task++)); do
        SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=$((count - first + 1)) bash "$1" >&2
      done
      echo "7;cluster"
      """)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/sbatch"))
    let servers = Repository.root.appending(path: "Tests/Fixtures/servers").path
    let sampler =
      #"{"model":"llama","port":\#(port),"tokenizer":"\#(folder.path("cluster/model/tokenizer.json"))"}"#
    let environment = [
      "PATH": folder.path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
      "POLYA": Repository.products.appending(path: "polya").path, "RUNS": folder.path("shared"),
      "REPLICAS": "3", "SAMPLER_PORT": "\(port)", "TRAINER_PORT": "\(port)",
      "SAMPLER": "python3 \(servers)/openai_server.py \(sampler)",
      "TRAINER": "python3 \(servers)/tinker_server.py --vocabulary 258 --model llama --port \(port)",
    ]
    func submit(_ words: [String]) throws -> CommandResult {
      try Command.run(
        "/usr/bin/env", words, folder: folder.url.appending(path: "cluster"), environment: environment)
    }
    // One node of the array alone, then everything, then everything again.
    let one = try submit(["sbatch", "--array", "2-2", "bootstrap.sbatch"])
    #expect(one.errors.contains("share 2/3 of 'candidates' is complete"), "\(one.errors)")
    let result = try submit(["./submit.sh"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("share 3/3 of 'candidates' is complete"), "\(result.errors)")
    #expect(result.errors.contains("after afterok:7"))
    let results = try String(contentsOfFile: folder.path("shared/paper/results.json"), encoding: .utf8)
    #expect(results.contains("\"aime2025\"") && results.contains("\"polya\""))
    let again = try submit(["./submit.sh"])
    #expect(again.status == 0 && again.errors.contains("candidates: up to date"), "\(again.errors)")
  }
}

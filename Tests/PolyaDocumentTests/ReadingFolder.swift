import Foundation
import PolyaTestSupport

/// Where a reader of a document would stand, with what its commands and manifests take for granted.
final class ReadingFolder {
  private let temporary: TemporaryFolder
  /// The folder itself.
  let url: URL
  private let home: URL

  init(for document: String) throws {
    temporary = try TemporaryFolder()
    home = temporary.url.appending(path: "home")
    try FileManager.default.createDirectory(
      at: home.appending(path: ".config/fish/completions"), withIntermediateDirectories: true)
    let work = temporary.url.appending(path: "work")
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let parts = document.split(separator: "/").map(String.init)
    if document.hasPrefix("SDK/templates/") {
      url = try Self.template(language: parts[2], kind: parts[3], in: work)
    } else if document.hasPrefix("examples/") {
      try Self.copyCheckout(to: work)
      url = work.appending(path: "examples/\(parts[1])")
    } else {
      if document.hasSuffix("README.md") || parts.count == 1 { try Self.copyCheckout(to: work) }
      url = work
    }
    if document.hasPrefix("Plugins/") || parts.count == 1 { try Self.addStandIns(to: url) }
  }

  /// Runs a script as the reader's shell would.
  func shell(_ script: String) throws -> CommandResult {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try Command.run(
      "/usr/bin/env", ["timeout", "300", "bash", "-euo", "pipefail", "-c", script], folder: url,
      environment: [
        "PATH": "\(Repository.products.path):\(path)", "POLYA": "polya", "HOME": home.path,
      ])
  }

  /// Writes a file into the folder and gives its path.
  func write(_ name: String, _ text: String) throws -> String {
    let file = url.appending(path: name)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  /// What a build must not be written into: the SDK by reference, the sources of the examples as copies.
  private static func copyCheckout(to work: URL) throws {
    let manager = FileManager.default
    let root = Repository.root
    try manager.createDirectory(at: work.appending(path: "examples"), withIntermediateDirectories: true)
    for name in ["SDK", "Tests"] {
      try manager.createSymbolicLink(
        at: work.appending(path: name), withDestinationURL: root.appending(path: name))
    }
    for example in try manager.contentsOfDirectory(atPath: root.appending(path: "examples").path) {
      let source = root.appending(path: "examples/\(example)")
      let target = work.appending(path: "examples/\(example)")
      guard example != "prepare.sh" else {
        try manager.copyItem(at: source, to: target)
        continue
      }
      try manager.createDirectory(at: target, withIntermediateDirectories: true)
      for name in try manager.contentsOfDirectory(atPath: source.path) where !isBuilt(name) {
        try manager.copyItem(at: source.appending(path: name), to: target.appending(path: name))
      }
    }
  }

  /// What commands have left in an example.
  private static func isBuilt(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasSuffix(".so") || ["venv", "runs", "__pycache__"].contains(name)
  }

  /// A README of a template is read in the folder that `polya plugin new` makes of it. What `any` holds is the same in
  /// every language; C needs the least to build.
  private static func template(language: String, kind: String, in work: URL) throws -> URL {
    let made = try Command.polya(
      ["plugin", "new", "--lang", language == "any" ? "c" : language, "--kind", kind, "template-name"],
      folder: work)
    guard made.status == 0 else { throw Block.Malformed(description: made.errors) }
    let folder = work.appending(path: "template-name")
    let built = try Command.run("/usr/bin/env", ["make"], folder: folder)
    guard built.status == 0 else { throw Block.Malformed(description: built.errors) }
    return folder
  }

  /// Files that manifests name and a reader would have: a checkpoint, a corpus, a few tasks.
  private static func addStandIns(to url: URL) throws {
    let manager = FileManager.default
    let base = Repository.root.appending(path: "examples/quickstart/base")
    for name in ["base", "models/qwen2.5-0.5b-instruct", "Qwen2.5-1.5B-Instruct"] {
      let target = url.appending(path: name)
      try manager.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try manager.copyItem(at: base, to: target)
    }
    try manager.copyItem(
      at: Repository.root.appending(path: "Tests/TransformerEngineTests/Fixtures/gguf/llama.gguf"),
      to: url.appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf"))
    for (name, text) in try standIns() {
      let file = url.appending(path: name)
      try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }

  private static func standIns() throws -> [String: String] {
    let root = Repository.root
    let prose = try String(contentsOf: root.appending(path: "SDK/docs/first-plugin.md"), encoding: .utf8)
    let lines = try prose.split(separator: "\n").map {
      String(decoding: try JSONSerialization.data(withJSONObject: ["text": String($0)]), as: UTF8.self)
    }
    return [
      "corpus.jsonl": lines.joined(separator: "\n"),
      "words/tokenizer.json": try String(
        contentsOf: root.appending(path: "examples/quickstart/base/tokenizer.json"), encoding: .utf8),
      "mbpp.jsonl":
        #"{"task_id":1,"text":"Write a function to double a number.","code":"","test_setup_code":"","test_list":["assert double(2) == 4"]}"#,
      "bbh/navigate.json":
        #"{"examples":[{"input":"Do you return?\nOptions:\n- Yes\n- No","target":"Yes"}]}"#,
      "my_reward.py": "def reward(prompts, completions, **columns):\n    return [0.0] * len(completions)\n",
      "rows.jsonl":
        #"{"question":"1 + 1?","completion":"2","reference":"plain","reference_kind":"heuristic","transcript":[{"role":"user","content":"Question: 1 + 1?\nAnswer:"}]}"#
        + "\n",
    ]
  }
}

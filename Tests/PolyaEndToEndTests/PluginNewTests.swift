import Foundation
import PolyaTestSupport
import Testing

/// What `polya plugin new` makes builds with one command and does what it says.
struct PluginNewTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let kinds = ["strategy", "reward", "tasks", "model"]

  private func new(_ language: String, _ kind: String, _ arguments: [String] = []) throws -> CommandResult {
    try Command.polya(
      ["plugin", "new", "--lang", language, "--kind", kind] + arguments + ["my-thing"], folder: folder.url)
  }

  /// Makes, builds without warnings, and runs the plugin's own test through the built `polya`.
  private func prove(_ language: String, _ kind: String, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let made = try new(language, kind)
    #expect(made.status == 0, "\(made.errors)", sourceLocation: sourceLocation)
    #expect(made.output == "my-thing\n", sourceLocation: sourceLocation)
    let warnings = "-O2 -Wall -Wextra -Wpedantic -Werror"
    for target in [[], ["test"]] {
      let result = try Command.run(
        "/usr/bin/env", ["make", "CFLAGS=\(warnings)", "CXXFLAGS=\(warnings)"] + target,
        folder: folder.url.appending(path: "my-thing"),
        environment: ["POLYA": Repository.products.appending(path: "polya").path, "RUSTFLAGS": "-Dwarnings"])
      #expect(result.status == 0, "\(result.errors)\(result.output)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: kinds) func inC(kind: String) throws { try prove("c", kind) }

  @Test(arguments: kinds) func inCPlusPlus(kind: String) throws { try prove("cpp", kind) }

  @Test(arguments: kinds) func inSwift(kind: String) throws { try prove("swift", kind) }

  @Test(arguments: kinds) func inRust(kind: String) throws {
    guard try Toolchain.has("cargo") else { return }
    try prove("rust", kind)
  }

  @Test(arguments: ["strategy", "reward", "tasks"]) func inPython(kind: String) throws {
    try prove("python", kind)
  }

  @Test(arguments: ["c", "cpp", "rust", "swift"], kinds)
  func theRealNamesStandEverywhere(language: String, kind: String) throws {
    #expect(try new(language, kind, ["--id", "com.acme.thing", "--to", "here"]).status == 0)
    let files = try #require(FileManager.default.enumerator(atPath: folder.path("here")))
    var texts = ""
    for case let file as String in files {
      #expect(!file.lowercased().contains("template"), "\(file)")
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder.path("here/\(file)"), isDirectory: &isFolder)
      if !isFolder.boolValue {
        texts += try String(contentsOfFile: folder.path("here/\(file)"), encoding: .utf8)
      }
    }
    #expect(!texts.contains("template-name") && !texts.contains("template_name"))
    #expect(!texts.contains("TemplateName") && !texts.contains("TEMPLATE_"))
    #expect(texts.contains("com.acme.thing"))
  }

  @Test(
    arguments: [
      (["--lang", "c", "x"], "--kind is missing; use one of strategy, reward, tasks, model"),
      (["--lang", "pyhton", "--kind", "reward", "x"], "did you mean 'python'?"),
      (["--lang", "c", "--kind", "reward"], "a name is missing"),
      (["--lang", "c", "--kind", "reward", "Exact"], "'Exact' is not a valid name for a plugin"),
      (["--lang", "c", "--kind", "reward", "../x"], "'../x' is not a valid name for a plugin"),
      (["--lang", "swift", "--kind", "reward", "reward"], "'reward' is reserved"),
      (["--lang", "c", "--kind", "reward", "--id", "exact", "x"], "'exact' is not a valid id"),
      (
        ["--lang", "python", "--kind", "model", "x"],
        "needs native code; use --lang c, cpp, rust or swift"
      ),
    ] as [([String], String)])
  func mistakesMakeNothing(arguments: [String], message: String) throws {
    let result = try Command.polya(["plugin", "new"] + arguments, folder: folder.url)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func nothingIsOverwritten() throws {
    try folder.write("my-thing/mine.c", "mine")
    let result = try new("c", "reward")
    #expect(result.status == 2)
    #expect(result.errors.contains("my-thing: already exists"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("my-thing")) == ["mine.c"])
  }

  @Test func anSDKThatIsNoneIsNamed() throws {
    let result = try Command.run(
      Repository.products.appending(path: "polya").path,
      ["plugin", "new", "--lang", "c", "--kind", "reward", "x"],
      folder: folder.url, environment: ["POLYA_SDK": folder.url.path])
    #expect(result.status == 2)
    #expect(result.errors.contains("there is no SDK at '\(folder.url.path)'"), "\(result.errors)")
  }

  /// Every `sh` block of a language's section, in order, in an empty folder.
  @Test(arguments: ["C", "C++", "Rust", "Swift", "Python"])
  func theFirstPluginOfTheDocumentationWorks(language: String) throws {
    if language == "Rust" { guard try Toolchain.has("cargo") else { return } }
    let text = try String(
      contentsOf: Repository.root.appending(path: "SDK/docs/first-plugin.md"), encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("\(language)\n") })
    let blocks = section.components(separatedBy: "```sh\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(!blocks.isEmpty)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let result = try Command.run(
      "/usr/bin/env", ["bash", "-euo", "pipefail", "-c", blocks.joined()], folder: folder.url,
      environment: ["PATH": "\(Repository.products.path):\(path)", "POLYA": "polya"])
    #expect(result.status == 0, "\(result.errors)\(result.output)")
    #expect(result.output.contains("all as promised"))
  }
}

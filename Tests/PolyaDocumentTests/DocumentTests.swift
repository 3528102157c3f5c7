import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

/// Every fenced block of every document does what it says, or says why it cannot be tried here.
struct DocumentTests {
  /// What a block may be written in.
  private static let languages: Set<String> = [
    "sh", "json5", "json", "c", "swift", "python", "markdown", "text",
  ]

  @Test func everyBlockIsInALanguageThatIsTested() throws {
    let blocks = try Document.all().flatMap(\.blocks)
    for block in blocks {
      #expect(Self.languages.contains(block.language), "\(block.place): '\(block.language)'")
    }
    let counts = Dictionary(grouping: blocks, by: \.language).mapValues(\.count).sorted { $0.key < $1.key }
    print("blocks: " + counts.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    for block in blocks {
      if case .notRun(let why)? = block.note { print("not run: \(block.place): \(why)") }
    }
    #expect(blocks.count > 60)
    #expect(blocks.count { if case .notRun? = $0.note { true } else { false } } <= 8, "blocks should run")
  }

  /// Another test is a file of that name, which names the document or its folder.
  @Test func whatAnotherTestRunsIsThere() throws {
    let tests = FileManager.default.enumerator(atPath: Repository.root.appending(path: "Tests").path)
    let names = Set(tests?.compactMap { ($0 as? String)?.split(separator: "/").last.map(String.init) } ?? [])
    for block in try Document.all().flatMap(\.blocks) {
      if case .runBy(let suite)? = block.note { #expect(names.contains("\(suite).swift"), "\(block.place)") }
    }
  }

  /// Manifests, whole or with what a fragment leaves to its reader, as `polya doctor` sees them: every plugin is made,
  /// every task set opened.
  @Test(arguments: try Document.paths()) func manifestsAreSound(path: String) throws {
    let document = try Document(path: path)
    let blocks = document.blocks.filter { $0.language == "json5" }
    guard !blocks.isEmpty else { return }
    guard try Self.hasInterpreter(for: path) else { return }
    let folder = try ReadingFolder(for: path)
    for block in blocks {
      let manifest = try ManifestBlocks.manifest(block)
      if case .notRun? = block.note { continue }
      let file = try folder.write("manifest.json5", manifest.pretty)
      let result = try folder.shell("polya doctor \(file)")
      #expect(result.status == 0, "\(block.place): \(result.errors)")
    }
  }

  /// Plugins that start an interpreter say so by their names.
  private static func hasInterpreter(for path: String) throws -> Bool {
    let needsPython = ["python", "Python", "CodeReward"].contains { path.contains($0) }
    return try !needsPython || Toolchain.has("python3")
  }

  /// Every `sh` block runs, one after the other in one folder, and what is shown as output comes out.
  @Test(arguments: try Document.paths()) func commandsRun(path: String) throws {
    let blocks = try Document(path: path).blocks
    guard blocks.contains(where: { $0.language == "sh" || $0.isOutput }) else { return }
    guard try Self.hasInterpreter(for: path) else { return }
    let folder = try ReadingFolder(for: path)
    var output = ""
    for block in blocks {
      if block.language == "sh" { try output = run(block, in: folder) }
      guard case .output(let command)? = block.note else { continue }
      if let command {
        let result = try folder.shell(command)
        output = result.output + result.errors
      }
      let missing = ShownOutput(block.text).missing(in: output)
      #expect(missing == nil, "\(block.place): '\(missing ?? "")' is not in the output:\n\(output)")
    }
  }

  private func run(_ block: Block, in folder: ReadingFolder) throws -> String {
    let line = try Self.commandLine.get()
    for words in ShellWords(block.text).commands where words[0] == "polya" {
      let problem = line.problem(Array(words.dropFirst()))
      #expect(problem == nil, "\(block.place): \(problem ?? "")")
    }
    for words in ShellWords(block.text).commands where words[0].hasSuffix(".sh") {
      let file = folder.url.appending(path: words[0]).path
      #expect(FileManager.default.isExecutableFile(atPath: file), "\(block.place): \(words[0])")
    }
    switch block.note {
    case .notRun?, .runBy?: return ""
    default: break
    }
    let result = try folder.shell(block.text)
    #expect(result.status == 0, "\(block.place): \(result.errors)\(result.output)")
    return result.output
  }

  private static let commandLine = Result { try CommandLine() }

  @Test func jsonIsJSON() throws {
    for block in try Document.all().flatMap(\.blocks) where block.language == "json" {
      for line in block.text.split(separator: "\n") {
        #expect(throws: Never.self, "\(block.place)") {
          try JSONParser.parse(Array(line.utf8), at: block.place)
        }
      }
    }
  }
}

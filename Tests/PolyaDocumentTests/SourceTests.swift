import Foundation
import PolyaTestSupport
import Testing

/// Code in documents compiles as it stands, behind what a note says comes before it.
struct SourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func blocks(_ language: String) throws -> [Block] {
    try Document.all().flatMap(\.blocks).filter { $0.language == language }
  }

  private func source(_ block: Block, behind prologue: String) -> String {
    guard case .after(let code)? = block.note else { return "\(prologue)\n\(block.text)" }
    return "\(prologue)\n\(code)\n\(block.text)"
  }

  private func expectSuccess(_ block: Block, _ command: [String], input: String = "") throws {
    let result = try Command.run("/usr/bin/env", command, input: input, folder: folder.url)
    #expect(result.status == 0, "\(block.place): \(result.errors)\(result.output)")
  }

  @Test func c() throws {
    let blocks = try blocks("c")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let file = try folder.write("block.c", source(block, behind: "#include <polya/polya.h>"))
      try expectSuccess(
        block,
        [
          "cc", "-std=c11", "-Wall", "-Werror", "-Wno-unused-function", "-fsyntax-only",
          "-I\(Repository.root.path)/SDK/include", file,
        ])
    }
  }

  @Test func swift() throws {
    let blocks = try blocks("swift")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let file = try folder.write("Block.swift", source(block, behind: "import PolyaKit"))
      try expectSuccess(
        block,
        [
          "swiftc", "-typecheck", "-parse-as-library", "-swift-version", "6",
          "-I\(Repository.products.path)/Modules", "-I\(Repository.root.path)/SDK/include/polya", file,
        ])
    }
  }

  @Test func python() throws {
    guard try Toolchain.has("python3") else { return }
    let blocks = try blocks("python")
    #expect(!blocks.isEmpty)
    for block in blocks {
      try expectSuccess(
        block, ["python3", "-c", "import sys; compile(sys.stdin.read(), 'block', 'exec')"],
        input: source(block, behind: ""))
    }
  }

  /// The one Markdown that is an input: a catalog of heuristics.
  @Test func catalogs() throws {
    let blocks = try blocks("markdown")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let file = try folder.write("mine.md", block.text)
      let ids = block.text.split(separator: "\n").filter { $0.hasPrefix("## ") }.map {
        String($0.dropFirst(3).prefix { $0 != " " })
      }
      #expect(!ids.isEmpty)
      for id in ids {
        try expectSuccess(
          block,
          [
            Repository.products.appending(path: "polya").path, "strategy", "try", "--use", "polya.heuristics",
            "--option", "catalog=\(file)", "--heuristic", id, "--question", "2 + 2?", "--reply", "4",
          ])
      }
    }
  }
}

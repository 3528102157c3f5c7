import Foundation
import PolyaTestSupport
import Testing

/// What the C++ and Rust overlays promise: nothing that is thrown reaches the host, and only its row is lost.
struct OverlayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Row: Decodable, Equatable {
    var outcome: String
    var score: Double?
    var extracted: String?
    var reason: String?
  }

  private func score(_ completions: [String], with plugin: String) throws -> [Row] {
    let rows = completions.map { #"{"completion":"\#($0)","reference":"x"}"# + "\n" }.joined()
    let result = try Command.polya(["reward", "score", "--use", plugin], input: rows)
    #expect(result.status == 0, "\(result.errors)")
    return try result.output.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
  }

  @Test(arguments: ["g++", "clang++"]) func exceptionsFailTheirRow(compiler: String) throws {
    let root = Repository.root.path
    let plugin = folder.path("throwing.so")
    let built = try Command.run(
      "/usr/bin/env",
      [
        compiler, "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fPIC", "-shared",
        "-fvisibility=hidden", "-static-libstdc++", "-static-libgcc", "-I\(root)/SDK/include",
        "-I\(root)/SDK/cpp",
        "-Wl,--version-script=\(root)/SDK/link/polya-plugin.map",
        "\(root)/Tests/Fixtures/throwing_reward.cpp",
        "-o", plugin,
      ])
    #expect(built.status == 0, "\(built.errors)")
    let rows = try score(["a", "failure", "memory", "standard", "number", "b"], with: plugin)
    #expect(rows.map(\.outcome) == ["right", "failed", "failed", "failed", "failed", "right"])
    #expect(rows.map(\.extracted) == ["a!", nil, nil, nil, nil, "b!"])
    let reasons = ["the judge is asleep", "no memory for the result", "index 7 of 3", "of an unknown type"]
    for (row, reason) in zip(rows[1...4], reasons) {
      #expect(row.reason?.contains(reason) == true, "\(row)")
    }
  }

  @Test func panicsFailTheirRow() throws {
    guard try Toolchain.has("cargo") else { return }
    let made = try Command.polya(
      ["plugin", "new", "--lang", "rust", "--kind", "reward", "panicking"], folder: folder.url)
    #expect(made.status == 0, "\(made.errors)")
    let source = Repository.root.appending(path: "Tests/Fixtures/panicking_reward.rs")
    try folder.write("panicking/src/lib.rs", String(contentsOf: source, encoding: .utf8))
    let built = try Command.run("/usr/bin/env", ["make", "-C", folder.path("panicking")])
    #expect(built.status == 0, "\(built.errors)")
    let rows = try score(["a", "failure", "panic", "b"], with: folder.path("panicking/panicking.so"))
    #expect(rows.map(\.outcome) == ["right", "failed", "failed", "right"])
    #expect(rows.map(\.extracted) == ["a!", nil, nil, "b!"])
    #expect(rows[1].reason?.contains("the judge is asleep") == true)
    #expect(rows[2].reason?.contains("the plugin panicked: index 7 of 3") == true)
  }

  @Test func theRustLayoutIsThatOfTheHeaders() throws {
    guard try Toolchain.has("cargo") else { return }
    let result = try Command.run(
      "/usr/bin/env",
      [
        "cargo", "test", "--offline", "--target-dir", folder.path("target"), "--manifest-path",
        Repository.root.appending(path: "SDK/rust/polya-sdk/Cargo.toml").path,
      ])
    #expect(result.status == 0, "\(result.errors)\(result.output)")
    #expect(result.output.contains("layout_is_that_of_the_headers ... ok"))
  }
}

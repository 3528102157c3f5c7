import Foundation
import PolyaTestSupport
import Testing

/// Two hosts on one run, names that lead elsewhere, folders that go.
struct RunFolderAttacks {
  private let tiny: TinyRun

  init() throws { tiny = try TinyRun() }

  @Test func aSecondHostIsToldWhoHoldsTheRun() throws {
    #expect(try tiny.run("whole").status == 0)
    for attempt in 0..<10 {
      let runs = "both-\(attempt)"
      let first = try tiny.stopped(runs, at: 20 + 10 * attempt)
      for verb in ["run", "report"] {
        let second = try Command.run(
          TinyRun.polya, [verb, tiny.folder.path("tiny.json5"), "--runs", runs], folder: tiny.folder.url)
        #expect(second.status == 1)
        #expect(second.errors.contains("the run is in use by process \(first.id) on "), "\(second.errors)")
      }
      first.signal(SIGCONT)
      #expect(try first.finish().status == 0)
      #expect(tiny.differences(try tiny.results("whole"), try tiny.results(runs)) == [])
    }
  }

  /// A new name is a line here.
  @Test(arguments: [
    "", ".", "..", "../../../OUTSIDE", "/OUTSIDE", "a/b", "-x", ".hidden", "a\\u0000b", "a\\nb", "a b", "ä",
    "a\\u001b[2Jb",
    String(repeating: "a", count: 300),
  ]) func namesThatAreNoNamesOfFilesAreRefused(_ name: String) throws {
    let manifests = [
      #"{ polya: 1, run: { name: "NAME" }, plugins: {}, tasks: {}, stages: {} }"#,
      #"{ polya: 1, run: { name: "x" }, plugins: { w: { use: "polya.word-arithmetic" }, h: { use: "polya.heuristics" } }, tasks: { t: { from: "w", split: "corpus", count: 1 } }, stages: { "NAME": { kind: "demonstrate", tasks: "t", strategy: "h", count: 1 } } }"#,
      #"{ polya: 1, run: { name: "x" }, plugins: { "NAME": { use: "polya.word-arithmetic" } }, tasks: {}, stages: {} }"#,
    ]
    for text in manifests {
      let file = try tiny.folder.write("inner/m.json5", text.replacing("NAME", with: name))
      let result = try Command.run(
        TinyRun.polya, ["run", file], folder: tiny.folder.url.appending(path: "inner"))
      #expect(result.status == 2, "\(result.errors)")
      #expect(result.errors.contains("is not a valid name"), "\(result.errors)")
      #expect(result.errors.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A }, "raw control characters")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: tiny.folder.url.path).sorted() == [
        "injector.so", "inner", "tiny.json5",
      ])
  }

  @Test func aRunWhoseFolderIsDeletedSaysSo() throws {
    let running = try tiny.stopped("gone", at: 20)
    try FileManager.default.removeItem(at: tiny.path("gone"))
    running.signal(SIGCONT)
    let result = try running.finish()
    #expect(result.status == 1)
    #expect(result.errors.contains("was deleted or moved during the run"), "\(result.errors)")
  }

  @Test func aChangedResolvedManifestIsNotBelieved() throws {
    #expect(try tiny.run("whole").status == 0)
    let file = tiny.path("whole").appending(path: "manifest.resolved.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("\"seed\": 5", with: "\"seed\": 6").write(to: file, atomically: true, encoding: .utf8)
    let again = try Command.run(TinyRun.polya, ["run", tiny.path("whole").path], folder: tiny.folder.url)
    #expect(again.status == 1 && again.errors.contains("was changed after the run began"), "\(again.errors)")
    #expect(try tiny.run("whole").status == 0)
  }
}

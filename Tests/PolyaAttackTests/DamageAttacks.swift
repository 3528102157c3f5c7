import Foundation
import PolyaTestSupport
import Testing

/// Files of finished and of interrupted stages are damaged in every way; the same command heals the run, or says which
/// file is damaged. It never goes on from wrong bytes.
struct DamageAttacks {
  private let tiny: TinyRun

  init() throws { tiny = try TinyRun() }

  /// What can happen to a file. A new kind of damage is a line here.
  private static let damages: [(name: String, apply: @Sendable (URL) throws -> Void)] = [
    ("deleted", { try FileManager.default.removeItem(at: $0) }),
    ("emptied", { try Data().write(to: $0) }),
    (
      "cut in half",
      { try Data(Data(contentsOf: $0).prefix(try Data(contentsOf: $0).count / 2)).write(to: $0) }
    ),
    ("cut by a byte", { try Data(try Data(contentsOf: $0).dropLast()).write(to: $0) }),
    ("longer", { try (Data(contentsOf: $0) + Data("\n0".utf8)).write(to: $0) }),
    ("one bit flipped", { try change($0) { $0[$0.count / 2] ^= 1 } }),
    (
      "one digit changed",
      {
        try change($0) { bytes in
          guard let digit = bytes.firstIndex(where: { (48...56).contains($0) }) else {
            return bytes.append(48)
          }
          bytes[digit] += 1
        }
      }
    ),
    (
      "replaced by a folder",
      {
        try FileManager.default.removeItem(at: $0); try folder($0)
      }
    ),
    ("replaced by zeros", { try Data(count: try Data(contentsOf: $0).count + 1).write(to: $0) }),
  ]

  private static func change(_ file: URL, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = Array(try Data(contentsOf: file))
    if bytes.isEmpty { bytes = [0] }
    body(&bytes)
    try Data(bytes).write(to: file)
  }

  private static func folder(_ file: URL) throws {
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
  }

  @Test func aFinishedRunIsHealed() throws {
    #expect(try tiny.run("whole").status == 0)
    let whole = try tiny.results("whole")
    // The folder of a run may be replaced by anything; of its own files only those of stages are believed.
    let files = whole.keys.filter { $0.hasPrefix("stages/") }.sorted()
    #expect(files.count > 15)
    let cases = files.flatMap { file in Self.damages.indices.map { Damage(file: file, kind: $0) } }
    let complaints = attack(cases) { damage in
      let runs = "damaged-\(damage.kind)-\(damage.file.hashValue)"
      let root = tiny.folder.url.appending(path: runs)
      defer { do { try FileManager.default.removeItem(at: root) } catch {} }
      try FileManager.default.copyItem(at: tiny.folder.url.appending(path: "whole"), to: root)
      let file = tiny.path(runs).appending(path: damage.file)
      try Self.damages[damage.kind].apply(file)
      // An empty file cannot be emptied.
      if FileManager.default.contents(atPath: file.path) == whole[damage.file] { return nil }
      let healed = try tiny.run(runs)
      guard healed.status == 0 else { return "is not healed: \(healed.errors)" }
      guard healed.errors.contains("it was renamed to ") else { return "is not told: \(healed.errors)" }
      let differences = tiny.differences(whole, try tiny.results(runs))
      return differences.isEmpty ? nil : "other bytes in \(differences)"
    }
    #expect(complaints.isEmpty, "\(complaints.count) of \(cases.count): \(complaints.prefix(5))")
  }

  private struct Damage: CustomStringConvertible, Sendable {
    let file: String
    let kind: Int
    var description: String { "\(file), \(DamageAttacks.damages[kind].name)" }
  }

  @Test func whatAnInterruptedTrainingKeptIsWholeOrDoesNotCount() throws {
    #expect(try tiny.run("whole").status == 0)
    let whole = try tiny.results("whole")
    try interrupt("cut")
    let walker = FileManager.default.enumerator(
      at: tiny.path("cut").appending(path: "stages"), includingPropertiesForKeys: nil)
    let root = tiny.path("cut").path
    var files: [String] = []
    while let file = walker?.nextObject() as? URL {
      let name = String(file.path.components(separatedBy: "/cut/tiny/").last ?? "")
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      if !isFolder.boolValue, name.contains("/.part-") { files.append(name) }
    }
    #expect(files.contains { $0.contains(".progress-") }, "\(files) in \(root)")
    let cases = files.sorted().flatMap { file in Self.damages.indices.map { Damage(file: file, kind: $0) } }
    let complaints = attack(cases) { damage in
      let runs = "kept-\(damage.kind)-\(damage.file.hashValue)"
      let root = tiny.folder.url.appending(path: runs)
      defer { do { try FileManager.default.removeItem(at: root) } catch {} }
      try FileManager.default.copyItem(at: tiny.folder.url.appending(path: "cut"), to: root)
      try Self.damages[damage.kind].apply(tiny.path(runs).appending(path: damage.file))
      let last = try tiny.run(runs)
      guard last.status == 0 else { return "does not go on: \(last.errors)" }
      let differences = tiny.differences(whole, try tiny.results(runs))
      return differences.isEmpty ? nil : "other bytes in \(differences)"
    }
    #expect(complaints.isEmpty, "\(complaints.count) of \(cases.count): \(complaints.prefix(5))")
  }

  /// Ends a run inside of the reinforcement, with progress kept.
  private func interrupt(_ runs: String) throws {
    for number in 1...2000 {
      _ = try tiny.run(runs, fault: "after:\(9 * number)")
      guard FileManager.default.fileExists(atPath: tiny.path(runs).appending(path: "stages").path) else {
        continue
      }
      let stages = try FileManager.default.contentsOfDirectory(
        atPath: tiny.path(runs).appending(path: "stages").path)
      guard let part = stages.first(where: { $0.hasPrefix(".part-polya-") }) else { continue }
      let inside = try FileManager.default.contentsOfDirectory(
        atPath: tiny.path(runs).appending(path: "stages/\(part)").path)
      if inside.contains(where: { $0.hasPrefix(".progress-") }) { return }
    }
    Issue.record("the run was never interrupted in its reinforcement")
  }

  @Test func strayFilesAndFoldersAreNotBelieved() throws {
    #expect(try tiny.run("whole").status == 0)
    let whole = try tiny.results("whole")
    let stages = tiny.path("whole").appending(path: "stages")
    let names = try FileManager.default.contentsOfDirectory(atPath: stages.path).sorted()
    let candidates = try #require(names.first { $0.hasPrefix("candidates-") })
    let shard = stages.appending(path: "\(candidates)/candidates-00000.jsonl.zst")
    try FileManager.default.copyItem(
      at: shard, to: stages.appending(path: "\(candidates)/candidates-00007.jsonl.zst"))
    try Data("note".utf8).write(to: stages.appending(path: "a note"))
    try FileManager.default.createDirectory(
      at: stages.appending(path: "mid-000000000000"), withIntermediateDirectories: true)
    let again = try tiny.run("whole")
    #expect(
      again.status == 0 && again.errors.contains("candidates-00007.jsonl.zst: does not belong to this stage"))
    try FileManager.default.removeItem(at: stages.appending(path: "a note"))
    #expect(tiny.differences(whole, try tiny.results("whole")) == [])
    // An empty folder, and a file, in place of a stage.
    for name in names.prefix(2) {
      try FileManager.default.removeItem(at: stages.appending(path: name))
      try Self.folder(stages.appending(path: name))
    }
    try FileManager.default.removeItem(at: stages.appending(path: names[2]))
    try Data("no stage".utf8).write(to: stages.appending(path: names[2]))
    #expect(try tiny.run("whole").status == 0)
    #expect(tiny.differences(whole, try tiny.results("whole")) == [])
  }
}

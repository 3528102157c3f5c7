import Foundation
import PolyaCore
import PolyaPipeline
import PolyaTestSupport
import Testing

@testable import PolyaCommand

/// Manifests and lock files that are almost right: every mistake is an error with a sentence, none a trap.
///
/// `POLYA_FUZZ_SECONDS` runs for so long instead of a fixed number of cases.
struct ManifestFuzzTests {
  private static let values = [
    "null", "-1", "1e999", "9223372036854775808", "\"\"", "\"\\u0000\"", "[]", "[[]]", "{}", "true", "NaN",
    "0x",
    "{a:{a:{}}}", "[1,\"a\",null]", "\"../../x\"",
  ]

  @Test func mutatedManifests() throws {
    let folder = try TemporaryFolder()
    let file = Repository.root.appending(path: "examples/quickstart/quickstart.json5")
    let valid = try String(contentsOf: file, encoding: .utf8)
    let seconds = ProcessInfo.processInfo.environment["POLYA_FUZZ_SECONDS"].flatMap(Double.init)
    let end = seconds.map { Date().addingTimeInterval($0) }
    var number: UInt64 = 0
    var refused = 0
    while end.map({ Date() < $0 }) ?? (number < 1500) {
      let random = Randomness(seed: number)
      number += 1
      var text = Array(valid.utf8)
      for step in 0..<UInt64(1 + random.below(3, 0)) {
        let at = random.below(text.count, 3 * step + 1)
        let value = Self.values[random.below(Self.values.count, 3 * step + 2)]
        switch random.below(4, 3 * step + 3) {
        case 0: text[at] = UInt8(truncatingIfNeeded: random.word(step &+ 99))
        case 1: text.removeSubrange(at..<min(at + 20, text.count))
        case 2: text.insert(contentsOf: Array(value.utf8), at: at)
        default:
          // The value of a key, which is what people get wrong.
          guard let colon = text[at...].firstIndex(of: UInt8(ascii: ":")) else { continue }
          let rest = text[(colon + 1)...].firstIndex { ",}\n".utf8.contains($0) } ?? text.endIndex
          text.replaceSubrange((colon + 1)..<rest, with: Array(" \(value)".utf8))
        }
      }
      let path = try folder.write("m.json5", "")
      try Data(text).write(to: URL(filePath: path))
      let problems = Problems()
      do { _ = try Manifest.read(file: path, kinds: StageKinds.all, problems: problems) } catch let error
        as PolyaError
      {
        problems.add(error)
      }
      if !problems.found.isEmpty { refused += 1 }
    }
    #expect(refused > number / 4)
  }
}

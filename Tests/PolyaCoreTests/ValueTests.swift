import PolyaTestSupport
import Testing

@testable import PolyaCore

struct SHA256Tests {
  /// FIPS 180-4 examples and the NIST long message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func publishedVectors(text: String, digest: String) {
    #expect(SHA256.hex(of: text.utf8) == digest)
    var portable = SHA256(isPortable: true)
    portable.update(Array(text.utf8))
    #expect(portable.finish() == digest)
  }

  /// Python's hashlib is the oracle, for every length around a block and for pieces of any size.
  @Test func theProcessorsInstructionsAndPlainCodeAgreeWithAnotherImplementation() throws {
    let script =
      "import hashlib\nd = bytes(i * 7 % 251 for i in range(300))\n"
      + "for n in range(300): print(hashlib.sha256(d[:n]).hexdigest())"
    let digests = try Command.run("/usr/bin/env", ["python3", "-c", script]).output.split(separator: "\n")
    let bytes = (0..<300).map { UInt8($0 * 7 % 251) }
    #expect(digests.count == 300)
    for (count, digest) in digests.enumerated() {
      for isPortable in [true, false] {
        var hash = SHA256(isPortable: isPortable)
        for start in stride(from: 0, to: count, by: 1 + count % 97) {
          hash.update(Array(bytes[start..<min(count, start + 1 + count % 97)]))
        }
        #expect(hash.finish() == digest, "\(count) bytes")
      }
    }
  }

  @Test func aMillionTimesAInPieces() {
    var hash = SHA256()
    for _ in 0..<10_000 { hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 100)) }
    #expect(hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}

struct RandomnessTests {
  @Test func streamsAreIndependentOfOrder() {
    let root = Randomness(seed: 3)
    let forward = (0..<8).map { root.stream("a").stream(UInt64($0)).word(5) }
    let backward = (0..<8).reversed().map { root.stream("a").stream(UInt64($0)).word(5) }
    #expect(forward == backward.reversed())
    #expect(Set(forward).count == 8)
    #expect(root.stream("a").key != root.stream("b").key)
  }

  /// Chi-squared with 9 degrees of freedom; 27.9 is the 99.9% quantile.
  @Test func belowIsUniform() {
    let random = Randomness(seed: 11).stream("uniform")
    var counts = [Int](repeating: 0, count: 10)
    for index in 0..<100_000 { counts[random.below(10, UInt64(index))] += 1 }
    let statistic = counts.reduce(0.0) { $0 + (Double($1) - 10_000) * (Double($1) - 10_000) / 10_000 }
    #expect(statistic < 27.9)
  }

  @Test func permutationHoldsEveryIndexOnce() {
    #expect(Randomness(seed: 1).permutation(100).sorted() == Array(0..<100))
    #expect(Randomness(seed: 1).permutation(100) != Randomness(seed: 2).permutation(100))
  }
}

struct SuggestionTests {
  @Test func slipsAreRecognized() {
    #expect(Suggestion.hint(for: "reinforse", among: ["reinforce", "train"]) == "did you mean 'reinforce'?")
    #expect(Suggestion.hint(for: "xyzzy", among: ["train", "select"]) == "known here: select, train")
  }
}

struct TextFrameTests {
  @Test func placeholdersAreNeededExactlyOnce() throws {
    let template = try PromptTemplate(prompt: "Q: {question}\nA:", target: " {solution}")
    #expect(template.prompt(for: "1+1?") == "Q: 1+1?\nA:")
    #expect(template.target(for: "2") == " 2")
    #expect(throws: PolyaError.self) { try PromptTemplate(prompt: "Q:", target: "{solution}") }
  }
}

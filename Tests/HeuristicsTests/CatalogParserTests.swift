import PolyaKit
import Testing

@testable import Heuristics

struct CatalogParserTests {
  private static let good = """
    # Mine

    Anything may stand here.

    ## my-way — My way
    - family: mine
    - idea: Do it my way.
    - instruction: Do it my way: at once.
    - cues: my way; step of mine #

    ### mathematics

    **Q:** What is
    1 + 1?

    **A:** 1 + 1 = 2
    #### 2

    ### code

    **Q:** Write f.
    **A:** So:
    ```python
    ## no heading
    f = 1
    ```
    **Check:**
    ```python
    assert f == 1
    ```

    """

  private func parse(_ text: String) throws -> [CatalogEntry] {
    try CatalogParser.entries(of: CatalogFile(name: "my.md", bytes: Array(text.utf8)))
  }

  @Test(arguments: ["\n", "\r\n"])
  func readsWhatTheReadmeDescribes(lineEnd: String) throws {
    let entries = try parse(Self.good.replacing("\n", with: lineEnd))
    let entry = try #require(entries.first)
    #expect(entries.count == 1)
    #expect(
      entry.heuristic == Heuristic(id: "my-way", family: "mine", title: "My way", idea: "Do it my way."))
    #expect(entry.instruction == "Do it my way: at once.")
    #expect(entry.cues == ["my way", "step of mine #"])
    #expect(entry.place == "my.md:5")
    #expect(
      entry.exemplars(.mathematics) == [
        Exemplar(question: "What is\n1 + 1?", heuristic: "my-way", solution: "1 + 1 = 2\n#### 2")
      ])
    let code = try #require(entry.worked[.code]?.first)
    #expect(code.solution == "So:\n```python\n## no heading\nf = 1\n```")
    #expect(code.check == "assert f == 1")
    #expect(entry.exemplars(.narrative).isEmpty)
  }

  @Test(arguments: [
    ("## my-way — My way", "## my-way", "my.md:5: \"## my-way\" does not name a heuristic; write"),
    ("## my-way", "## My-way", "my.md:5: the id \"My-way\" must be lowercase"),
    ("- family: mine", "- famly: mine", "my.md:6: there is no key \"famly\"; did you mean 'family'?"),
    ("- family: mine", "- colour: mine", "my.md:6: there is no key \"colour\"; known here: family, idea"),
    ("- family: mine\n", "", "my.md:5: \"my-way\" has no family; add a line"),
    ("- instruction: Do it my way: at once.\n", "", "my.md:5: \"my-way\" has no instruction"),
    ("- idea: Do it my way.", "- family: mine", "my.md:7: family is given twice"),
    ("- idea: Do it my way.", "An idea.", "my.md:7: \"An idea.\" is not of the form \"- key: value\""),
    ("step of", "Step of", "my.md:5: the cue \"Step of mine #\" of \"my-way\" must be lowercase"),
    ("### mathematics", "### mathematic", "my.md:11: there is no domain \"mathematic\"; did you mean"),
    ("### code", "### mathematics", "my.md:19: \"my-way\" has mathematics twice"),
    ("**A:** 1", "1", "my.md:19: found \"### code\" where \"**A:** …\" is required"),
    ("**Q:** Write f.\n", "", "my.md:21: found \"**A:** So:\" where \"**Q:** …\" is required"),
    (
      "**Check:**\n    ```python\n    assert f == 1\n    ```\n", "",
      "my.md:27: the file ends where \"**Check:** …\" is required"
    ),
    ("1 + 1 = 2\n    #### 2", "", "my.md:16: **A:** is followed by nothing"),
    ("assert f == 1\n    ```", "assert f == 1", "my.md:28: this code block is not closed"),
  ])
  func errorsNameTheLineAndWhatToDo(_ old: String, _ new: String, _ message: String) throws {
    let text = Self.good.replacing(old.replacing("\n    ", with: "\n"), with: new)
    try #require(text != Self.good)
    let failure = try #require(throws: Failure.self) { try parse(text) }
    #expect(failure.message.hasPrefix(message), "\(failure.message)")
    #expect(failure.code == .badOption)
  }

  @Test func aFileWithoutHeuristicsOrWithTwoOfOneIdIsRefused() throws {
    #expect(throws: Failure.self) { try parse("") }
    #expect(throws: Failure.self) { try parse("# Only a title\n") }
    var catalog = try Catalog.builtIn()
    let file = try CatalogFile(name: "my.md", bytes: Array((Self.good + Self.good).utf8))
    let failure = try #require(throws: Failure.self) { try catalog.add(file) }
    #expect(
      failure.message.contains("my.md:35: \"my-way\" is already defined at my.md:5"), "\(failure.message)")
  }

  @Test func aUsersEntryReplacesTheOneOfItsIdAndOthersAreAdded() throws {
    let count = try Catalog.builtIn().entries.count
    var catalog = try Catalog.builtIn()
    let text =
      Self.good
      + Self.good.replacing("my-way", with: "analogy").replacing(
        "cues: my way; step of mine", with: "cues: like it")
    try catalog.add(CatalogFile(name: "my.md", bytes: Array(text.utf8)))
    #expect(catalog.entries.count == count + 1)
    #expect(catalog.entry("analogy")?.heuristic.title == "My way")
    #expect(catalog.entries.last?.heuristic.id == "my-way")
  }

  @Test func aCueOfAnotherHeuristicIsRefused() throws {
    var catalog = try Catalog.builtIn()
    let text = Self.good.replacing("cues: my way", with: "cues: work backwards")
    let failure = try #require(throws: Failure.self) {
      try catalog.add(CatalogFile(name: "my.md", bytes: Array(text.utf8)))
    }
    #expect(
      failure.message.hasPrefix("my.md:5: the cue \"work backwards\" also belongs to \"working-backwards\""))
  }

  @Test func aPathThatCannotBeReadIsNamed() throws {
    let failure = try #require(throws: Failure.self) { try Catalog.extended(by: "/no/such/file.md") }
    #expect(failure.message.contains("/no/such/file.md cannot be read: No such file or directory"))
    #expect(throws: Failure.self) { try Catalog.extended(by: "/") }
  }

  /// Any bytes may come in: entries or a failure, never a trap.
  @Test func survivesMutatedFiles() throws {
    let bytes = Array(Self.good.utf8)
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<3000 {
      var mutated = bytes
      for _ in 0...random(4) {
        let place = random(mutated.count)
        switch random(3) {
        case 0: mutated[place] = UInt8(random(256))
        case 1: mutated.remove(at: place)
        default: mutated.insert(contentsOf: bytes[random(bytes.count)...].prefix(random(20)), at: place)
        }
      }
      do {
        _ = try CatalogParser.entries(of: CatalogFile(name: "my.md", bytes: mutated))
      } catch is Failure { refused += 1 }
    }
    #expect(refused > 100)
  }
}

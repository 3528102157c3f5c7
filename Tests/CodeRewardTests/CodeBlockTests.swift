import PolyaKit
import Testing

@testable import CodeReward

struct CodeBlockTests {
  @Test(arguments: [
    ("a\n```python\nx = 1\n```\nor\n```\ny = 2\n```", "x = 1"), ("```\nx = 1\n```\n```\ny = 2\n```", "y = 2"),
    ("```py\nx = 1", "x = 1"), ("```python\nx = 1\n```\nprints\n```text\n1\n```", "x = 1"),
    ("1. so\n   ```python\n   if x:\n     y\n   ```", "if x:\n  y"),
    ("````python\ns = '''\n```\n'''\n````", "s = '''\n```\n'''"),
    ("```python\r\nx = 1\r\ny = 2\r\n```\r\n", "x = 1\r\ny = 2\r"),
    ("```Python3 {.numberLines}\nx\n```", "x"),
    ("> ```python\n> if x:\n>     y\n>\n> z\n> ```", "if x:\n    y\n\nz"),
    ("1. ```python\n   if x:\n     y\n   ```", "if x:\n  y"), ("- ```py\n  x\n  ```", "x"),
  ])
  func theLastPythonBlockCounts(answer: String, program: String) {
    #expect(CodeBlock.all(in: answer, of: .python).last?.text == program)
  }

  @Test(arguments: ["x = 1", "", "use ```x = 1``` here", "```bash\nls\n```"])
  func withoutABlockThereIsNone(answer: String) { #expect(CodeBlock.all(in: answer, of: .python).isEmpty) }

  @Test func itsPlaceIsKnown() throws {
    let answer = "é\n```python\nx = 1\ny\n```\n"
    let block = try #require(CodeBlock.all(in: answer, of: .python).last)
    #expect(String(decoding: Array(answer.utf8)[block.bytes], as: UTF8.self) == "x = 1\ny")
  }

  @Test(arguments: [
    (ProgramLanguage.cpp, "c++"), (.javascript, "js"), (.swift, "Swift"), (.python, "py"),
  ]) func blocksOfOtherLanguagesAreNotTaken(language: ProgramLanguage, label: String) {
    let answer = "```cobol\na\n```\n```\(label)\nb\n```\n```sh\nc\n```"
    #expect(CodeBlock.all(in: answer, of: language).map(\.text) == ["b"])
  }

  /// Earlier blocks count as well: which of them the tests use is seen later.
  @Test func allBlocksOfTheBestKindAreFound() {
    let answer = "```\na\n```\n```python\nb\n```\n~~~python\nc\n```\n~~~\n```js\nd\n```\n```py\n```"
    #expect(CodeBlock.all(in: answer, of: .python).map(\.text) == ["b", "c\n```"])
    #expect(CodeBlock.all(in: "```\na\n```\n```js\nb\n```\n```\nc", of: .python).map(\.text) == ["a", "c"])
    let many = (0..<1000).map { "```py\n\($0)\n```\n" }.joined()
    #expect(
      CodeBlock.all(in: many, of: .python).map(\.text) == (1000 - CodeBlock.most..<1000).map(String.init))
  }

  /// What a looping model writes. Whoever looks at everything again for each fence would need hours.
  @Test(
    arguments: [
      "```\n", "```python\n", "```python\nx\n```\n", "`", "``` ", " ", "\n", "~~~\n```\n", "```a\n",
      "```` \n```\n",
    ]
  ) func aMegabyteOfFencesIsNoTrouble(piece: String) {
    let answer = String(repeating: piece, count: CodeJob.mostBytes / piece.utf8.count)
    #expect(CodeBlock.all(in: answer, of: .python).count <= CodeBlock.most)
  }

  @Test func whatIsTooLongGetsNoVerdict() throws {
    let reference = "{\"tests\": \"assert f() == 1\"}"
    func job(_ length: Int) throws -> CodeJob {
      try CodeJob(
        RewardItem(
          id: 0, question: "", completion: String(repeating: "#", count: length), reference: reference,
          referenceKind: "unit-tests"), .python)
    }
    #expect(try job(CodeJob.mostBytes).places == [0..<CodeJob.mostBytes])
    let error = #expect(throws: CodeJob.Unusable.self) { try job(CodeJob.mostBytes + 1) }
    #expect(error?.code == "too-long" && error?.message.contains("1048576") == true)
  }
}

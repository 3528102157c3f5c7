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
  ])
  func theLastPythonBlockCounts(answer: String, program: String) {
    #expect(CodeBlock.last(in: answer)?.text == program)
  }

  @Test(arguments: ["x = 1", "", "use ```x = 1``` here", "```bash\nls\n```"])
  func withoutABlockThereIsNone(answer: String) { #expect(CodeBlock.last(in: answer) == nil) }

  @Test func itsPlaceIsKnown() throws {
    let answer = "é\n```python\nx = 1\ny\n```\n"
    let block = try #require(CodeBlock.last(in: answer))
    #expect(String(decoding: Array(answer.utf8)[block.bytes], as: UTF8.self) == "x = 1\ny")
  }

  private func program(_ completion: String) throws -> String? {
    let reference = "{\"tests\": \"check(f)\", \"entry\": \"f\", \"prompt\": \"def f(x):\\n\"}"
    let job = try CodeJob(
      RewardItem(
        id: 0, question: "", completion: completion, reference: reference, referenceKind: "unit-tests"))
    return job.members.first { $0.key == "program" }?.value.string
  }

  /// `f2` is another function, so that the completion goes on from the prompt.
  @Test func aCompletionWithoutTheFunctionGoesOnFromThePrompt() throws {
    #expect(try program("    return x") == "def f(x):\n    return x\n")
    #expect(
      try program("    return f2(x)\ndef f2(x): pass") == "def f(x):\n    return f2(x)\ndef f2(x): pass\n")
    for own in [
      "def f(x): return x", "import re\r\ndef f(x):\r\n  return x", "async def f(x): return x",
      "class f: pass",
    ] {
      #expect(try program(own) == "def f(x):\n\n    pass\n\n\(own)\n")
    }
  }
}

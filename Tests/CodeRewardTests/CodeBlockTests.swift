import Testing

@testable import CodeReward

struct CodeBlockTests {
  @Test func theLastBlockCounts() {
    #expect(CodeBlock.last(in: "a\n```python\nx = 1\n```\nor\n```\ny = 2\n```") == "y = 2")
    #expect(CodeBlock.last(in: "```py\nx = 1") == "x = 1")
    #expect(CodeBlock.last(in: "x = 1") == nil)
  }
}

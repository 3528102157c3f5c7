import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// Programs in other languages than Python, whose tests are a part of them.
  struct LanguageTests {
    private struct Sum {
      let prompt, tests, body, whole, script: String
    }

    /// A function that adds two numbers, in the way of MultiPL-E.
    private static func sum(in language: ProgramLanguage) -> Sum? {
      switch language {
      case .swift:
        Sum(
          prompt: "/// The sum.\nfunc add(a: Int, b: Int) -> Int {\n",
          tests: "}\n\nassert(add(a: 1, b: 2) == 3)",
          body: "    return a + b", whole: "func add(a: Int, b: Int) -> Int { return a + b }",
          script: "let n = readLine()!.split(separator: \" \").map { Int($0)! }\nprint(n[0] + n[1])")
      case .cpp:
        Sum(
          prompt: "#include<cassert>\n// The sum.\nlong add(long a, long b) {\n",
          tests: "}\nint main() {\n    auto candidate = add;\n    assert(candidate(1, 2) == 3);\n}\n",
          body: "    return a + b;",
          whole: "long add(long a, long b) {\n  return a + b; // }\n}",
          script:
            "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }"
        )
      case .javascript:
        Sum(
          prompt: "//The sum.\nfunction add(a, b){\n",
          tests:
            "const assert = require('node:assert');\nfunction test() {\n  assert.deepEqual(add(1, 2),3);\n}\ntest();",
          body: "  return a + b;\n}", whole: "const add = (a, b) => a + b;",
          script:
            "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(a + b);"
        )
      case .python: nil
      }
    }

    @Test(arguments: [ProgramLanguage.cpp, .javascript, .swift])
    func testsAreAPartOfTheProgram(language: ProgramLanguage) throws {
      let sum = try #require(Self.sum(in: language))
      func fenced(_ text: String) -> String { "So:\n```\(language.rawValue)\n\(text)\n```\nDone." }
      let wrong = sum.whole.replacing("+", with: "-")
      let answers = [
        sum.body, fenced(sum.whole), fenced(wrong), fenced(sum.whole.replacing("+ b", with: "+ c")),
        "I cannot.",
      ]
      let items = answers.map { Sandbox.item($0, tests: sum.tests, prompt: sum.prompt) }
      let results = try Sandbox.results(items, timeout: 60, language: language)
      #expect(results.map { $0["right"]?.bool } == [true, true, false, false, false], "\(results)")
      if language != .javascript {
        #expect(results[3]["note"]?.string?.hasPrefix("the program cannot be built: program.") == true)
      }
    }

    /// A helper in a block of its own, before or after, and a demonstration at the end.
    @Test(arguments: [ProgramLanguage.cpp, .javascript, .swift])
    func otherBlocksHelp(language: ProgramLanguage) throws {
      let sum = try #require(Self.sum(in: language))
      let (helper, call, show) =
        switch language {
        case .swift: ("func twice(_ n: Int) -> Int { 2 * n }", "twice(a) / 2 + b", "print(add(a: 1, b: 1))")
        case .cpp:
          (
            "#include <vector>\nstatic long twice(long n) {\n  return 2 * n;\n}", "twice(a) / 2 + b",
            "std::cout << add(1, 1);"
          )
        default: ("const twice = (n) => 2 * n;", "twice(a) / 2 + b", "console.log(add(1, 1));")
        }
      let main = sum.whole.replacing("a + b", with: call)
      func answer(_ blocks: [String]) -> String {
        blocks.map { "```\n\($0)\n```\n" }.joined(separator: "Then:\n")
      }
      let answers = [[helper, main], [main, helper], [helper, main, show], [main]]
      let items = answers.map { Sandbox.item(answer($0), tests: sum.tests, prompt: sum.prompt) }
      let results = try Sandbox.results(items, timeout: 60, language: language)
      #expect(results.map { $0["right"]?.bool } == [true, true, true, false], "\(results)")
    }

    @Test(arguments: [ProgramLanguage.cpp, .javascript, .swift])
    func examplesRunTheBuiltProgram(language: ProgramLanguage) throws {
      let sum = try #require(Self.sum(in: language))
      let cases = #"{"cases": [{"input": "3 4\n", "output": "7"}, {"input": "1 1\n", "output": "2\n"}]}"#
      let items = [
        sum.script, sum.script.replacing("a + b", with: "a - b").replacing("+ n[1]", with: "- n[1]"),
      ].map {
        RewardItem(
          id: 0, question: "", completion: "```\n\($0)\n```", reference: cases, referenceKind: "stdin-stdout")
      }
      let results = try Sandbox.results(items, timeout: 60, language: language)
      #expect(results.map { $0["right"]?.bool } == [true, false], "\(results)")
      #expect(results[0]["passed"] == .number("2"))
    }

    /// An answer that ends the program early, is endless, or reaches out of its sandbox is wrong.
    @Test func anEarlyEndIsNoSuccess() throws {
      let sum = try #require(Self.sum(in: .javascript))
      let answers = [
        "function add(a, b) { process.exit(0); }", "function add(a, b) { while (true) {} }",
        "require('fs').readFileSync('/etc/passwd'); const add = (a, b) => a + b;",
        "require('assert').deepEqual = () => { throw 1; }; const add = (a, b) => a + b;",
      ]
      let before = Sandbox.processes()
      let items = answers.map { Sandbox.item("```js\n\($0)\n```", tests: sum.tests, prompt: sum.prompt) }
      let results = try Sandbox.results(items, timeout: 2, language: .javascript)
      #expect(results.allSatisfy { $0["right"] == .bool(false) }, "\(results)")
      #expect(Sandbox.isQuiet(except: before))
    }

    @Test func anotherCommandBuilds() throws {
      let item = RewardItem(
        id: 0, question: "", completion: "```js\necho 7\n```",
        reference: #"{"cases": [{"input": "", "output": "7"}]}"#, referenceKind: "stdin-stdout")
      let build =
        "{ echo '#!/bin/sh'; grep -v log program.js; echo 'echo built'; } >program; chmod +x program"
      let results = try Sandbox.results([item], language: .javascript, build: build)
      #expect(results[0]["note"] == .string("the output differs from the expected output"))
    }

    @Test func whatCannotBuildIsSaid() {
      let error = #expect(throws: Failure.self) {
        try Sandbox.results([], language: .cpp, build: "g++ --no-such-option -o program program.cpp")
      }
      #expect(
        error?.message.contains("no-such-option") == true && error?.message.contains("'language'") == true)
    }
  }
}

struct LanguageReferenceTests {
  @Test func aReferenceForAnotherLanguageGetsNoVerdict() {
    let item = RewardItem(
      id: 0, question: "", completion: "x", reference: #"{"tests": "assert(true)", "language": "swift"}"#,
      referenceKind: "unit-tests")
    let error = #expect(throws: CodeJob.Unusable.self) { try CodeJob(item, .python) }
    #expect(error?.code == "other-language")
    #expect(throws: Never.self) { try CodeJob(item, .swift) }
  }
}

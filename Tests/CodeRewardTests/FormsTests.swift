import Foundation
import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// The forms in which tests, prompts and answers are written: see `Cases/forms.txt`, where a form more is some lines more.
  struct FormsTests {
    private struct Form: CustomTestStringConvertible {
      let name: String
      let parts: [(name: String, text: String)]

      var testDescription: String { name }
      func text(_ part: String) -> String? { parts.first { $0.name == part }?.text }
      func texts(_ part: String) -> [String] { parts.filter { $0.name == part }.map(\.text) }

      func item(_ program: String) -> RewardItem {
        Sandbox.item(
          program, tests: text("tests") ?? "",
          entry: text("entry")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "",
          prompt: text("prompt") ?? "", setup: text("setup") ?? "")
      }
    }

    private static let parts: Set = [
      "@setup", "@prompt", "@entry", "@tests", "@right", "@wrong", "@abstains",
    ]

    private static func forms() throws -> [Form] {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "Cases/forms.txt")
      let text = try String(contentsOf: file, encoding: .utf8)
      return text.components(separatedBy: "\n### ").dropFirst().map { form in
        var lines = form.components(separatedBy: "\n")
        let name = lines.removeFirst()
        var found: [(String, [String])] = []
        for line in lines {
          if parts.contains(line) {
            found.append((String(line.dropFirst()), []))
          } else if !found.isEmpty {
            found[found.count - 1].1.append(line)
          }
        }
        return Form(
          name: name,
          parts: found.map { part in
            (part.0, part.1.reversed().drop { $0.isEmpty }.reversed().joined(separator: "\n") + "\n")
          })
      }
    }

    @Test func rightProgramsScoreOneAndWrongOnesNever() throws {
      var tried: [(form: Form, part: String, item: RewardItem)] = []
      for form in try Self.forms() {
        for part in ["right", "wrong"] { tried += form.texts(part).map { (form, part, form.item($0)) } }
      }
      #expect(tried.count > 100)
      for (one, result) in zip(tried, try Sandbox.results(tried.map(\.item))) {
        if let reason = one.form.text("abstains")?.trimmingCharacters(in: .whitespacesAndNewlines) {
          #expect(result["broken"]?.string?.contains(reason) == true, "\(one.form.name): \(result)")
        } else {
          #expect(result["right"] == .bool(one.part == "right"), "\(one.form.name), \(one.part): \(result)")
        }
      }
    }

    /// As EvalPlus compares: floats of the answer only, and nothing else is less strict.
    @Test func floatsMayBeOffByTheTolerance() throws {
      let tests =
        "assert f(3) == 1.5\nassert [f(1), {2: f(2)}] == [0.5, {2: 1.0}]\nassert g() == 7 and f(2) < 1.1"
      let items = ["x / 2", "x / 2 + 1e-7", "x / 2 + 1e-4", "round(x / 2, 1) and int(x / 2)"].map {
        Sandbox.item("def f(x): return \($0)\ndef g(): return 7", tests: tests)
      }
      let exact = try Sandbox.results(items)
      #expect(exact.map { $0["right"]?.bool } == [true, false, false, false], "\(exact)")
      let near = try Sandbox.results(items, tolerance: 1e-6)
      #expect(near.map { $0["right"]?.bool } == [true, true, false, false], "\(near)")
    }

    @Test func longDecimalsAreComparedInThePlacesOfBoth() throws {
      let reference = #"{"cases": [{"input": "", "output": "0.666666666667"}]}"#
      let items = ["0.6666666666666666", "0.666667", "0.66667", "0.6666666", "0.666668", "2/3"].map {
        RewardItem(
          id: 0, question: "", completion: "print('\($0)')", reference: reference,
          referenceKind: "stdin-stdout")
      }
      let results = try Sandbox.results(items)
      #expect(results.map { $0["right"]?.bool } == [true, true, false, true, false, false], "\(results)")
    }

    @Test func wordsOfOutputMayBeOffByTheTolerance() throws {
      let reference = #"{"cases": [{"input": "", "output": "area 0.3333 of 12"}]}"#
      let items = [
        "area 0.3333001 of 12", "area 0.33 of 12", "area 0.3333 of 12.0000001", "area nan of 12",
      ].map {
        RewardItem(
          id: 0, question: "", completion: "print('\($0)')", reference: reference,
          referenceKind: "stdin-stdout")
      }
      #expect(try Sandbox.results(items).allSatisfy { $0["right"] == .bool(false) })
      let near = try Sandbox.results(items, tolerance: 1e-6)
      #expect(near.map { $0["right"]?.bool } == [true, false, false, false], "\(near)")
    }
  }
}

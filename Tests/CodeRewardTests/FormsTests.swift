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
  }
}

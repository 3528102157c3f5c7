internal import PolyaKit

/// What one answer is to be tried with.
struct CodeJob {
  /// As the supervisor reads it, but for its number.
  let members: [(key: String, value: JSON)]
  /// Where the program stands in the completion.
  let extracted: Range<Int>

  /// - Throws: ``Unusable``.
  init(_ item: RewardItem) throws(Unusable) {
    guard ["unit-tests", "stdin-stdout"].contains(item.referenceKind) else {
      throw Unusable(
        code: "other-reference-kind",
        message: "a reference of kind \"\(item.referenceKind)\" is no test; "
          + "this reward reads \"unit-tests\" and \"stdin-stdout\"")
    }
    let reference = try Self.reference(item)
    let block = CodeBlock.last(in: item.completion)
    let code = block?.text ?? item.completion
    extracted = block?.bytes ?? 0..<item.completion.utf8.count
    members =
      item.referenceKind == "unit-tests"
      ? try Self.unitTests(reference, code) : try Self.examples(reference, code)
  }

  private static func unitTests(_ reference: JSON, _ code: String) throws(Unusable) -> [(String, JSON)] {
    guard let tests = reference["tests"]?.string, !tests.isEmpty else {
      throw Unusable(code: "unreadable-reference", message: "the reference has no 'tests'")
    }
    func text(_ key: String) -> String { reference[key]?.string ?? "" }
    let program = program(code, prompt: text("prompt"), entry: text("entry"))
    return [
      ("kind", .string("unit-tests")), ("setup", .string(text("setup"))), ("tests", .string(tests)),
      ("prompt", .string(text("prompt"))), ("entry", .string(text("entry"))), ("program", .string(program)),
    ]
  }

  private static func examples(_ reference: JSON, _ code: String) throws(Unusable) -> [(String, JSON)] {
    guard let cases = reference["cases"]?.array, !cases.isEmpty,
      cases.allSatisfy({ $0["input"]?.string != nil && $0["output"]?.string != nil })
    else {
      throw Unusable(
        code: "unreadable-reference", message: "the reference has no 'cases' with 'input' and 'output'")
    }
    return [("kind", .string("stdin-stdout")), ("cases", .array(cases)), ("program", .string(code))]
  }

  private static func reference(_ item: RewardItem) throws(Unusable) -> JSON {
    do throws(JSON.SyntaxError) { return try JSON(parsing: item.reference) } catch {
      throw Unusable(code: "unreadable-reference", message: "the reference \(error)")
    }
  }

  /// A program of its own, after what the question defines; or the continuation of the question's function.
  private static func program(_ code: String, prompt: String, entry: String) -> String {
    guard !prompt.isEmpty else { return code }
    let heads = entry.isEmpty ? ["def "] : ["def \(entry)", "async def \(entry)", "class \(entry)"]
    let definesEntry = code.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
      heads.contains { head in
        guard line.starts(with: head.utf8) else { return false }
        let next = line.dropFirst(head.utf8.count).first
        return entry.isEmpty || next.map { " (:[".utf8.contains($0) } == true
      }
    }
    return definesEntry ? "\(prompt)\n    pass\n\n\(code)\n" : "\(prompt)\(code)\n"
  }

  /// Why there is nothing to run: no verdict.
  struct Unusable: Error {
    let code: String
    let message: String
  }
}

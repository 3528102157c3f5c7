internal import PolyaKit

/// What one answer is to be tried with.
struct CodeJob {
  /// As the supervisor reads it, but for its number.
  let members: [(key: String, value: JSON)]
  /// Where the blocks stand in the completion. The supervisor says which of them it has taken.
  let places: [Range<Int>]

  /// Longer answers get no verdict.
  static let mostBytes = 1 << 20

  /// - Throws: ``Unusable``.
  init(_ item: RewardItem) throws(Unusable) {
    guard ["unit-tests", "stdin-stdout"].contains(item.referenceKind) else {
      throw Unusable(
        code: "other-reference-kind",
        message: "this reward reads references of kind \"unit-tests\" and \"stdin-stdout\", "
          + "not \"\(item.referenceKind)\"")
    }
    let reference = try Self.reference(item)
    let length = item.completion.utf8.count
    guard length <= Self.mostBytes else {
      throw Unusable(
        code: "too-long",
        message: "the answer has \(length) bytes, over the limit of \(Self.mostBytes), and is not read")
    }
    var blocks = CodeBlock.all(in: item.completion)
    if blocks.isEmpty { blocks = [CodeBlock(text: item.completion, bytes: 0..<length)] }
    if item.referenceKind == "stdin-stdout" { blocks = blocks.suffix(1) }
    places = blocks.map(\.bytes)
    let texts = blocks.map(\.text)
    members =
      item.referenceKind == "unit-tests"
      ? try Self.unitTests(reference, texts) : try Self.examples(reference, texts[texts.count - 1])
  }

  private static func unitTests(_ reference: JSON, _ blocks: [String]) throws(Unusable) -> [(String, JSON)] {
    guard let tests = reference["tests"]?.string, !tests.isEmpty else {
      throw Unusable(code: "unreadable-reference", message: "the reference has no 'tests'")
    }
    func text(_ key: String) -> JSON { .string(reference[key]?.string ?? "") }
    return [
      ("kind", .string("unit-tests")), ("setup", text("setup")), ("tests", .string(tests)),
      ("prompt", text("prompt")), ("entry", text("entry")), ("blocks", .array(blocks.map { .string($0) })),
    ]
  }

  private static func examples(_ reference: JSON, _ code: String) throws(Unusable) -> [(String, JSON)] {
    guard let cases = reference["cases"]?.array, !cases.isEmpty,
      cases.allSatisfy({ $0["input"]?.string != nil && $0["output"]?.string != nil })
    else {
      throw Unusable(
        code: "unreadable-reference",
        message: "the reference has no 'cases', or a case lacks 'input' or 'output'")
    }
    return [("kind", .string("stdin-stdout")), ("cases", .array(cases)), ("program", .string(code))]
  }

  private static func reference(_ item: RewardItem) throws(Unusable) -> JSON {
    do throws(JSON.SyntaxError) { return try JSON(parsing: item.reference) } catch {
      throw Unusable(code: "unreadable-reference", message: "the reference \(error)")
    }
  }

  /// Why there is nothing to run: no verdict.
  struct Unusable: Error {
    let code: String
    let message: String
  }
}

internal import AnswerText
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
  init(_ item: RewardItem, _ language: ProgramLanguage) throws(Unusable) {
    guard ["unit-tests", "stdin-stdout"].contains(item.referenceKind) else {
      throw Unusable(
        code: "other-reference-kind",
        message: "this reward reads references of kind \"unit-tests\" and \"stdin-stdout\", "
          + "not \"\(item.referenceKind)\"")
    }
    let reference = try Self.reference(item)
    if let named = reference["language"]?.string, named != language.rawValue {
      throw Unusable(
        code: "other-language",
        message:
          "the reference is for programs in \"\(named)\", and the option 'language' is \"\(language.rawValue)\""
      )
    }
    let length = item.completion.utf8.count
    guard length <= Self.mostBytes else {
      throw Unusable(
        code: "too-long",
        message: "the answer has \(length) bytes, over the limit of \(Self.mostBytes), and is not read")
    }
    let answer = Self.visible(item.completion)
    var blocks = CodeBlock.all(in: answer, of: language)
    let isFenced = !blocks.isEmpty
    if !isFenced { blocks = [CodeBlock(text: answer, bytes: 0..<length)] }
    places = blocks.map(\.bytes)
    let indented = isFenced || language != .python ? [] : CodeBlock.indented(in: answer)
    let program: [(String, JSON)] = [
      ("blocks", .array(blocks.map { .string($0.text) })), ("indented", .array(indented.map { .string($0) })),
    ]
    members =
      program
      + (item.referenceKind == "unit-tests" ? try Self.unitTests(reference) : try Self.examples(reference))
  }

  /// Without what the model thought before it answered, in as many bytes.
  private static func visible(_ completion: String) -> String {
    let bytes = Array(completion.utf8)
    let answer = Thinking.answer(of: bytes[...])
    guard answer.count < bytes.count else { return completion }
    var visible = [UInt8](repeating: UInt8(ascii: "\n"), count: bytes.count)
    visible.replaceSubrange(answer.indices, with: answer)
    return String(decoding: visible, as: UTF8.self)
  }

  private static func unitTests(_ reference: JSON) throws(Unusable) -> [(String, JSON)] {
    guard let tests = reference["tests"]?.string, !tests.isEmpty else {
      throw Unusable(code: "unreadable-reference", message: "the reference has no 'tests'")
    }
    func text(_ key: String) -> JSON { .string(reference[key]?.string ?? "") }
    return [
      ("kind", .string("unit-tests")), ("setup", text("setup")), ("tests", .string(tests)),
      ("prompt", text("prompt")), ("entry", text("entry")),
    ]
  }

  private static func examples(_ reference: JSON) throws(Unusable) -> [(String, JSON)] {
    guard let cases = reference["cases"]?.array, !cases.isEmpty,
      cases.allSatisfy({ $0["input"]?.string != nil && $0["output"]?.string != nil })
    else {
      throw Unusable(
        code: "unreadable-reference",
        message: "the reference has no 'cases', or a case lacks 'input' or 'output'")
    }
    return [
      ("kind", .string("stdin-stdout")), ("cases", .array(cases)), ("prompt", .string("")),
      ("entry", .string("")),
    ]
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

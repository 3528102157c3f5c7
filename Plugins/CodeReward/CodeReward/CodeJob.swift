internal import PolyaKit

/// What one answer is to be tried with.
struct CodeJob {
  /// As the supervisor reads it, but for its number.
  let members: [(key: String, value: JSON)]

  /// - Throws: ``Unusable``.
  init(_ item: RewardItem) throws(Unusable) {
    let reference = try Self.reference(item)
    let block = CodeBlock.last(in: item.completion)
    switch item.referenceKind {
    case "unit-tests":
      guard let tests = reference["tests"]?.string, !tests.isEmpty else {
        throw Unusable(code: "unreadable-reference", message: "the reference has no 'tests'")
      }
      let prompt = reference["prompt"]?.string ?? ""
      let entry = reference["entry"]?.string ?? ""
      members = [
        ("kind", .string("unit-tests")), ("setup", .string(reference["setup"]?.string ?? "")),
        ("tests", .string(tests)), ("prompt", .string(prompt)), ("entry", .string(entry)),
        ("program", .string(Self.program(block, item.completion, prompt: prompt, entry: entry))),
      ]
    case "stdin-stdout":
      guard let cases = reference["cases"]?.array, !cases.isEmpty,
        cases.allSatisfy({ $0["input"]?.string != nil && $0["output"]?.string != nil })
      else {
        throw Unusable(
          code: "unreadable-reference", message: "the reference has no 'cases' with 'input' and 'output'")
      }
      members = [
        ("kind", .string("stdin-stdout")), ("cases", .array(cases)),
        ("program", .string(block ?? item.completion)),
      ]
    default:
      throw Unusable(
        code: "other-reference-kind",
        message:
          "a reference of kind \"\(item.referenceKind)\" is no test; this reward reads \"unit-tests\" and \"stdin-stdout\""
      )
    }
  }

  private static func reference(_ item: RewardItem) throws(Unusable) -> JSON {
    do throws(JSON.SyntaxError) { return try JSON(parsing: item.reference) } catch {
      throw Unusable(code: "unreadable-reference", message: "the reference \(error)")
    }
  }

  /// A program of its own, after what the question defines; or the continuation of the question's function.
  private static func program(_ block: String?, _ completion: String, prompt: String, entry: String) -> String
  {
    let code = block ?? completion
    guard !prompt.isEmpty else { return code }
    let definesEntry = code.split(separator: "\n").contains { line in
      line.hasPrefix("def \(entry)(") || line.hasPrefix("def \(entry) (") || line.hasPrefix("class \(entry)")
        || line.hasPrefix("async def \(entry)(")
    }
    return definesEntry ? "\(prompt)\n    pass\n\n\(code)\n" : "\(prompt)\(code)\n"
  }

  /// Why there is nothing to run: no verdict.
  struct Unusable: Error {
    let code: String
    let message: String
  }
}

/// Code in a Markdown answer.
enum CodeBlock {
  /// The inside of the last fenced block; nil without one.
  static func last(in text: String) -> String? {
    var last: String?
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isFence = line.drop { $0 == " " }.hasPrefix("```")
      if isFence, let lines = open {
        last = lines.joined(separator: "\n")
        open = nil
      } else if isFence {
        open = []
      } else {
        open?.append(line)
      }
    }
    // A block that a truncated answer leaves open counts.
    if let lines = open, !lines.isEmpty { last = lines.joined(separator: "\n") }
    return last
  }
}

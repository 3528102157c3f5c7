internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// A preview of a stage as text and as JSON.
struct PreviewText {
  private let preview: Preview
  private let marks: TemplateMarks

  init(_ preview: Preview) {
    self.preview = preview
    marks = TemplateMarks(preview.model)
  }

  func lines() throws -> String {
    var parts = ["--- \(preview.title): \(preview.question)"]
    if preview.prompt.isEmpty {
      parts.append("the model is asked nothing")
    } else {
      parts += [
        "prompt, \(preview.prompt.count) tokens:",
        try marks.text(ofPrompt: preview.prompt, made: preview.messages),
        "ids: \(Self.ids(preview.prompt))",
      ]
    }
    for (number, reply) in preview.replies.enumerated() { parts += try lines(of: reply, number) }
    return parts.joined(separator: "\n")
  }

  private func lines(of reply: Preview.Reply, _ number: Int) throws -> [String] {
    var lines: [String] = []
    if !reply.tokens.isEmpty {
      let ending = reply.finish == Completion.Finish.length.rawValue ? ", ended by the limit on tokens" : ""
      let what = reply.finish.isEmpty ? "target" : "answer \(number)"
      lines += [
        "\(what), \(reply.tokens.count) tokens\(ending):",
        try marks.text(ofAnswer: reply.tokens, after: preview.prompt), "ids: \(Self.ids(reply.tokens))",
      ]
    }
    if let answer = reply.answer { lines += ["judged as answer \(number):", answer] }
    lines += reply.verdicts.map { "\($0.reward): \(Self.words($0.verdict))" }
    if let adherence = reply.adherence { lines.append("adherence: \(adherence.formatted(3))") }
    return lines
  }

  private static func words(_ verdict: VerdictRecord) -> String {
    var words = verdict.outcome.rawValue.replacing("_", with: " ")
    if let score = verdict.score { words += ", score \(score.formatted(3))" }
    if !verdict.extracted.isEmpty { words += ", final answer '\(verdict.extracted)'" }
    if !verdict.reason.isEmpty { words += ", \(verdict.reason)" }
    return words + verdict.notes.map { "; \($0.message)" }.joined()
  }

  private static func ids(_ tokens: [Int32]) -> String { tokens.map(String.init).joined(separator: " ") }

  func json() throws -> JSON {
    [
      "title": .string(preview.title), "question": .string(preview.question),
      "prompt": .string(try marks.text(ofPrompt: preview.prompt, made: preview.messages)),
      "ids": .array(preview.prompt.map { JSON($0) }),
      "replies": .array(try preview.replies.map { try json(of: $0) }),
    ]
  }

  private func json(of reply: Preview.Reply) throws -> JSON {
    var members: JSON.Members = [
      "text": .string(try marks.text(ofAnswer: reply.tokens, after: preview.prompt)),
      "ids": .array(reply.tokens.map { JSON($0) }), "finish": .string(reply.finish),
    ]
    members["answer"] = reply.answer.map { .string($0) }
    members["verdicts"] = .object(
      JSON.Members(reply.verdicts.map { ($0.reward, .object($0.verdict.members)) }))
    members["adherence"] = reply.adherence.map { JSON($0) }
    return .object(members)
  }
}

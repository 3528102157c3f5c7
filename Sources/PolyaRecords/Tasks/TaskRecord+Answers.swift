internal import PolyaCore

/// Formats whose questions have one final answer.
extension TaskRecord {
  func gsm8k() throws -> Task {
    let answer = try text("answer")
    guard let mark = answer.ranges(of: "####").last?.upperBound else {
      throw error("the answer of \(name) has no '####'")
    }
    return task(
      try text("question"), Self.trimmed(answer[mark...]), "math", using: ["question", "answer"])
  }

  func math() throws -> Task {
    let problem = try text("problem")
    var task =
      if json["answer"] != nil {
        task(problem, try text("answer"), "math", using: ["problem", "answer"])
      } else {
        task(problem, try boxedAnswer(), "math", using: ["problem"])
      }
    // The level is "Level 5" in the original and "5" in MATH-500; three problems of the original have "Level
    // ?".
    task.level = json["level"].flatMap(Self.text)?.split(separator: " ").last.flatMap { Double($0) } ?? 0
    return task
  }

  private func boxedAnswer() throws -> String {
    guard let boxed = TaskFile.lastBox(in: try text("solution")) else {
      throw error("the solution of \(name) has no \\boxed{}")
    }
    return boxed
  }

  func svamp() throws -> Task {
    let body = Self.trimmed(try text("Body"))
    // A third of the bodies end without a period, or in the middle of the question's sentence.
    let question =
      body + ((body.last?.isPunctuation ?? true) ? " " : ", ") + Self.trimmed(try text("Question"))
    return task(
      question, try text("Answer"), "math", kind: json["Type"]?.string ?? "",
      using: ["Body", "Question", "Answer"])
  }

  func dapo() throws -> Task {
    guard let model = json["reward_model"], let truth = model["ground_truth"].flatMap(Self.text) else {
      throw error("\(name) has no 'ground_truth' in 'reward_model'")
    }
    return task(
      try prompt(), truth, "math",
      kind: json["ability"]?.string ?? json["data_source"]?.string ?? "", using: ["prompt", "reward_model"])
  }

  /// Returns a text, or the last user message of a chat.
  private func prompt() throws -> String {
    let value = try value("prompt")
    if let text = value.string { return text }
    guard let messages = value.array,
      let content = messages.last(where: { $0["role"]?.string == "user" })?["content"]?.string
    else {
      throw error("'prompt' of \(name) is neither a string nor a chat with a user message")
    }
    return content
  }

  func reasoningGym() throws -> Task {
    let answer = try text("answer")
    return task(
      try text("question"), answer, Self.isNumber(answer) ? "math" : "text",
      kind: json["task"]?.string ?? json["metadata"]?["source_dataset"]?.string ?? "",
      metadata: json["metadata"])
  }

  /// Whether the text is an integer, a decimal, or a fraction of integers, with or without math delimiters.
  static func isNumber(_ text: String) -> Bool {
    var text = trimmed(text)[...]
    if text.count > 2, text.hasPrefix("$"), text.hasSuffix("$") { text = text.dropFirst().dropLast() }
    return text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?(\/[0-9]+)?/) != nil
  }

  func polya() throws -> Task {
    guard json["meta"] == nil else {
      throw error("'meta' of \(name) is called 'metadata' now", hint: "rename the field in the file")
    }
    return Task(
      key: try text("id"), question: try text("question"), reference: try text("reference"),
      referenceKind: try text("reference_kind"), kind: json["kind"]?.string ?? "",
      level: json["level"]?.real ?? 0, metadataJSON: columns(with: json["metadata"], without: Self.columns))
  }

  /// The fields that ``Task/row`` writes.
  private static let columns = ["id", "question", "reference", "reference_kind", "kind", "level", "metadata"]
}

internal import PolyaCore

/// Formats whose questions list their options. The reference is the letter of the right one. The options are
/// part of the question and of the task's metadata, `{"choices": […]}`.
extension TaskRecord {
  func multipleChoice() throws -> Task {
    let choices = try self.choices()
    let right = try rightChoice(choices.texts, labels: choices.labels)
    return choiceTask(
      try text("question"), choices.texts, right: right,
      using: ["question", "choices", "answer", "answer_index", "answerKey"])
  }

  /// Returns the options of a list of strings, or of ARC's `{"text": […], "label": […]}`.
  private func choices() throws -> (texts: [String], labels: [String]) {
    let value = try value("choices")
    guard let lists = value["text"]?.array else { return (try texts("choices"), []) }
    let texts = lists.compactMap(Self.text)
    let labels = value["label"]?.array?.compactMap(Self.text) ?? []
    guard texts.count == lists.count, labels.isEmpty || labels.count == texts.count else {
      throw error("'choices' of \(name) must have lists 'text' and 'label' of equal length")
    }
    return (texts, labels)
  }

  /// Returns the index of the right option. `answer_index` counts from 0; `answer` is an index from 0, a
  /// label, a letter, or the text of an option.
  private func rightChoice(_ choices: [String], labels: [String]) throws -> Int {
    let value = json["answer_index"] ?? json["answer"] ?? json["answerKey"] ?? .null
    let right: Int? =
      if let index = value.integer, labels.isEmpty {
        Int(index)
      } else {
        Self.text(value).flatMap { answer in
          labels.firstIndex(of: answer) ?? choices.firstIndex(of: answer)
            ?? Self.letters.firstIndex(of: answer)
        }
      }
    guard let right, choices.indices.contains(right) else {
      throw error(
        "the answer \(value.shown) of \(name) is none of the \(choices.count) choices",
        hint:
          "'answer_index' must count from 0; 'answer' must be an index from 0, a letter, or the text of a choice"
      )
    }
    return right
  }

  func flatMuSR() throws -> Task {
    let choices = try texts("choices")
    return choiceTask(
      try text("narrative") + "\n\n" + text("question"), choices,
      right: try rightChoice(choices, labels: []), kind: json["domain"]?.string)
  }

  /// Reads a record with several questions. The three domains are in three files, which their names tell
  /// apart.
  func nestedMuSR() throws -> [Task] {
    let context = try text("context")
    let domain = ["murder_mystery", "object_placements", "team_allocation"].first { path.contains($0) }
    return try (value("questions").array ?? []).enumerated().map { number, question in
      let record = TaskRecord(json: question, path: path, index: index)
      let choices = try record.texts("choices")
      var task = choiceTask(
        context + "\n\n" + (try record.text("question")), choices,
        right: try record.rightChoice(choices, labels: []), kind: domain)
      task.key = "\(index)-\(number)"
      return task
    }
  }

  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)

  private func choiceTask(
    _ question: String, _ choices: [String], right: Int, kind: String? = nil, using used: [String]? = nil
  ) -> Task {
    let lettered = choices.count <= Self.letters.count
    let list = choices.enumerated().map { lettered ? "(\(Self.letters[$0])) \($1)" : "- \($1)" }
    return task(
      "\(question)\n\nOptions:\n\(list.joined(separator: "\n"))",
      lettered ? Self.letters[right] : choices[right], "choice", kind: kind,
      metadata: ["choices": .array(choices.map { .string($0) })], using: used)
  }

  /// Reads a BIG-Bench Hard question. The name of the file is the name of its task.
  func bbh() throws -> Task {
    let question = try text("input")
    let target = Self.trimmed(try text("target"))
    let name = path.split(separator: "/").last?.split(separator: ".").first.map(String.init)
    let options = Self.listedOptions(question)
    guard let right = options.firstIndex(where: { $0.label == target || $0.text == target }) else {
      return task(question, target, "text", kind: name)
    }
    let letter = options[right].label.filter(\.isLetter)
    return task(
      question, letter.isEmpty ? target : letter, "choice", kind: name,
      metadata: ["choices": .array(options.map { .string($0.text) })])
  }

  /// Returns the options in the lines after "Options:": "(A) text" with the label "(A)", or "- text" without
  /// a label.
  private static func listedOptions(_ question: String) -> [(label: String, text: String)] {
    guard let start = question.ranges(of: "Options:\n").last?.upperBound else { return [] }
    return question[start...].split(separator: "\n").compactMap { line in
      if line.hasPrefix("- ") { return ("", trimmed(line.dropFirst(2))) }
      guard let label = line.prefixMatch(of: /\([A-Z]\)/)?.output else { return nil }
      return (String(label), trimmed(line.dropFirst(label.count)))
    }
  }
}

internal import PolyaCore

/// Formats of programming tasks. Their references, of the kind "unit-tests", are `{"setup", "tests", "entry",
/// "prompt"}`: code to run before the answer, code to run after it, the name of the requested function, and
/// code that the answer may continue; with "language" where that is not Python.
extension TaskRecord {
  func humaneval() throws -> Task {
    let prompt = try text("prompt")
    let entry = try text("entry_point")
    let tests = try text("test") + "\ncheck(\(entry))\n"
    return task(
      prompt, Self.unitTests(setup: "", tests: tests, entry: entry, prompt: prompt), "unit-tests",
      using: ["task_id", "prompt", "test"])
  }

  /// The question shows the tests, as in Austin et al. (2021), since only they show the function's name and
  /// signature.
  func mbpp() throws -> Task {
    let tests = try texts("test_list").joined(separator: "\n")
    let setup =
      json["test_setup_code"] == nil
      ? try texts("test_imports").joined(separator: "\n") : try text("test_setup_code")
    let words = try text(json["text"] == nil ? "prompt" : "text")
    return task(
      "\(words)\nYour code should pass these tests:\n\(tests)",
      Self.unitTests(setup: setup, tests: tests, entry: "", prompt: ""), "unit-tests",
      using: ["text", "task_id", "test_setup_code", "test_imports", "test_list"]
        + (json["text"] == nil ? ["prompt"] : []))
  }

  /// MultiPL-E's names of languages are the ends of their files' names.
  func multipleLanguages() throws -> Task {
    let prompt = try text("prompt")
    let language = try text("language")
    let names = ["py": "python", "js": "javascript"]
    let reference = Self.unitTests(
      setup: "", tests: try text("tests"), entry: "", prompt: prompt, language: names[language] ?? language)
    // Its rows hold the tests twice.
    return task(
      prompt, reference, "unit-tests", key: try text("name"),
      using: ["name", "task_id", "language", "prompt", "tests", "test"])
  }

  private static func unitTests(
    setup: String, tests: String, entry: String, prompt: String, language: String? = nil
  )
    -> String
  {
    var members: JSON.Members = [
      "setup": .string(setup), "tests": .string(tests), "entry": .string(entry), "prompt": .string(prompt),
    ]
    if let language { members["language"] = .string(language) }
    return JSON.object(members).compact
  }
}

/// The language of programs: what the option `language` names.
enum ProgramLanguage: String, CaseIterable {
  case python, cpp, javascript, swift

  /// How fences of Markdown name it, in lower case.
  var labels: Set<String> {
    switch self {
    case .python: ["python", "py", "python3", "python2", "pycon"]
    case .cpp: ["cpp", "c++", "cc", "cxx", "c++17", "c++20"]
    case .javascript: ["javascript", "js", "node", "mjs", "cjs", "nodejs"]
    case .swift: ["swift"]
    }
  }
}

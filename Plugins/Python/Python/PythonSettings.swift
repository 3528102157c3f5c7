internal import PolyaKit

/// Which code is run by which interpreter: the options that all three plugins share.
struct PythonSettings {
  let python: String
  let workers: Int
  let timeout: Double
  /// Names of models that the code may ask.
  let models: [String]
  /// What the bridge is told first.
  var load: [String: Value]

  static let options = [
    Option("file", .path, help: "The Python file with your code; give this or 'module'."),
    Option("module", .text, help: "An importable module with your code; give this or 'file'."),
    Option("path", .path, help: "A folder that is searched first for modules."),
    Option(
      "python", .text, default: "\"python3\"",
      help: "The interpreter, for example that of a virtual environment."),
    Option("workers", .integer(1...256), default: "1", help: "Number of interpreters that run side by side."),
    Option(
      "timeout", .seconds, default: "60",
      help: "Time limit in seconds for one call of the code; after it, the interpreter is ended."),
    Option("models", .model, list: true, help: "Models of the manifest that the code may use."),
    Option("network", .bool, default: "false", help: "Whether the code may open network connections."),
  ]

  init(_ options: OptionValues, kind: String) throws {
    let (file, module) = (options.text("file"), options.text("module"))
    guard (file == nil) != (module == nil) else {
      throw Failure(.badOption, "give either 'file' or 'module', but not both")
    }
    python = options.text("python") ?? "python3"
    workers = options.integer("workers") ?? 1
    timeout = options.real("timeout") ?? 60
    models = options.texts("models")
    load = [
      "kind": .text(kind), "file": file.map { .text($0) } ?? .null,
      "module": module.map { .text($0) } ?? .null,
      "path": options.text("path").map { .text($0) } ?? .null,
      "models": .list(models.map { .text($0) }),
    ]
  }

  /// What errors call the code.
  var name: String { load["file"]?.text ?? load["module"]?.text ?? "" }
}

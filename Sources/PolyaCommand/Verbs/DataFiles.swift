internal import PolyaCore
internal import PolyaRecords

/// The files given to a data command.
enum DataFiles {
  static let operands = "FILE|FOLDER|-…"

  /// A file to read.
  struct File {
    /// The name on the command line and in messages.
    var name: String
    var path: String
  }

  /// Returns the given files, with folders replaced by the record files in them at any depth, sorted by name.
  /// "-" is stdin.
  static func read(_ arguments: inout Arguments) throws -> [File] {
    var files: [File] = []
    while let path = try arguments.optionalPositional() {
      guard path != "-" else {
        files.append(File(name: "stdin", path: "/dev/stdin"))
        continue
      }
      guard Folder.exists(path) else {
        files.append(File(name: path, path: path))
        continue
      }
      let found = try records(in: path)
      guard !found.isEmpty else {
        throw PolyaError(.configuration, "contains no file that ends in .jsonl or .jsonl.zst", at: path)
      }
      files += found.map { File(name: $0, path: $0) }
    }
    try arguments.finish()
    guard !files.isEmpty else { throw PolyaError(.configuration, "a file or folder with records is missing") }
    return files
  }

  private static func records(in folder: String) throws -> [String] {
    try Folder.names(in: folder).sorted().flatMap { name in
      let path = "\(folder)/\(name)"
      if Folder.exists(path) { return try records(in: path) }
      return name.hasSuffix(".jsonl.zst") || name.hasSuffix(".jsonl") ? [path] : []
    }
  }

  /// Tells the user that there are no records, because empty output alone is ambiguous.
  static func sayEmpty(_ files: [File]) {
    Console.message(
      "polya: \(files.count == 1 ? "\(files[0].name) contains" : "the files contain") no records")
  }

  /// The options that say how records become tasks.
  static let options: [any DeclaredOption] = [
    format, question, reference, referenceKind, referenceKindField,
  ]
  private static let format = Option<String?>(
    "--format", "NAME", "the format of the records", choices: TaskFile.FormatName.allCases.map(\.rawValue))
  private static let question = Option<String?>(
    "--question-field", "KEY", "for jsonl: the field of the question", standard: "question")
  private static let reference = Option<String?>(
    "--reference-field", "KEY", "for jsonl: the field of the gold answer", standard: "reference")
  private static let referenceKind = Option<String?>(
    "--reference-kind", "KIND", "for jsonl: the kind of all gold answers, such as math")
  private static let referenceKindField = Option<String?>(
    "--reference-kind-field", "KEY", "for jsonl: the field of the kind of a gold answer")

  /// Returns the format given by `--format` and the field options; nil if there is none.
  static func format(_ arguments: inout Arguments) throws -> TaskFile.Format? {
    let name = try arguments.read(format)
    var fields: [String: String] = [:]
    fields["question"] = try arguments.read(question)
    fields["reference"] = try arguments.read(reference)
    fields["reference-kind"] = try arguments.read(referenceKind)
    fields["reference-kind-field"] = try arguments.read(referenceKindField)
    guard let name else { return nil }
    return TaskFile.Format(try TaskFile.FormatName(named: name), fields: fields)
  }
}

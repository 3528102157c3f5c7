internal import PolyaCore
internal import PolyaRecords

/// The files that a verb about data is given.
enum DataFiles {
  static let operands = "FILE|FOLDER|-…"

  /// A file to read.
  struct File {
    /// What the command line and messages call it.
    var name: String
    var path: String
  }

  /// Files, and all files of records in folders and the folders inside, in the order of their names; "-" is stdin.
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
        throw PolyaError(.configuration, "holds no file that ends in .jsonl or .jsonl.zst", at: path)
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

  /// Nothing on stdout may be right or not; a person wants to know.
  static func sayEmpty(_ files: [File]) {
    Console.message("polya: \(files.count == 1 ? "\(files[0].name) holds" : "the files hold") no record")
  }

  /// What says how a file's records become tasks.
  static let options: [any DeclaredOption] = [
    format, question, reference, referenceKind, referenceKindField,
  ]
  private static let format = Option<String?>(
    "--format", "NAME", "what the records are", choices: TaskFile.FormatName.allCases.map(\.rawValue))
  private static let question = Option<String?>(
    "--question-field", "KEY", "of the format jsonl: where the question stands", standard: "question")
  private static let reference = Option<String?>(
    "--reference-field", "KEY", "of the format jsonl: where the right answer stands", standard: "reference")
  private static let referenceKind = Option<String?>(
    "--reference-kind", "KIND", "of the format jsonl: what the right answers are, such as math")
  private static let referenceKindField = Option<String?>(
    "--reference-kind-field", "KEY", "of the format jsonl: where it stands what a right answer is")

  /// The value of `--format`.
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

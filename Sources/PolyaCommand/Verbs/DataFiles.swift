internal import PolyaCore
internal import PolyaRecords

/// The files that a verb about data is given.
enum DataFiles {
  /// Files, and all files of records in folders and the folders inside, in the order of their names.
  static func read(_ arguments: inout Arguments) throws -> [String] {
    var files: [String] = []
    while let path = try arguments.optionalPositional() {
      guard Folder.exists(path) else {
        files.append(path)
        continue
      }
      let found = try records(in: path)
      guard !found.isEmpty else {
        throw PolyaError(.configuration, "holds no file that ends in .jsonl or .jsonl.zst", at: path)
      }
      files += found
    }
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

  /// What may stand beside `--format jsonl`.
  static let fieldUsage =
    "--question-field F --reference-field F --reference-kind K | --reference-kind-field F"

  /// The value of `--format`.
  static func format(_ arguments: inout Arguments) throws -> TaskFile.Format? {
    let name = try arguments.value("--format")
    var fields: [String: String] = [:]
    for key in TaskFile.fieldKeys {
      fields[key] = try arguments.value(key.hasPrefix("reference-kind") ? "--\(key)" : "--\(key)-field")
    }
    guard let name else { return nil }
    return TaskFile.Format(try TaskFile.FormatName(named: name), fields: fields)
  }
}

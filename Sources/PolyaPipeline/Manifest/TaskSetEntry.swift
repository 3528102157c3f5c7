package import PolyaCore
package import PolyaRecords

/// An entry of `tasks`.
package enum TaskSetEntry: Sendable, Equatable {
  /// Tasks of a tasks plugin.
  case source(plugin: String, split: String, first: Int, count: Int, seed: UInt64)
  /// Tasks of a file; if `count` is nil, all from `first` on.
  case file(path: String, format: TaskFile.FormatName, fields: [String: String], first: Int, count: Int?)

  private enum Key {
    static let from = Setting.string(
      "from", "The tasks plugin that makes the tasks; or 'path'."
    ).optional("the tasks are read from 'path'")
    static let split = Setting.string("split", "With 'from': the plugin's split.").optional(
      "an error with 'from'")
    static let seed = Setting.integer("seed", "With 'from': the seed of tasks that are drawn.").standard(0)
    static let path = Setting.string(
      "path", "The file of the tasks, relative to the manifest; or 'from'."
    ).optional("the tasks come from the plugin 'from'")
    static let format = Setting<TaskFile.FormatName>.choice(
      "format", "With 'path': the shape of the file's records."
    ).optional("an error with 'path'")
    static let fields = NestedSetting.object(
      "fields", of: [question, reference, referenceKind, referenceKindField],
      "With the format 'jsonl': which fields of a record are what. All others are the task's metadata."
    ).optional("an error with 'jsonl'")
    static let question = Setting.string("question", "The field that holds the question.")
    static let reference = Setting.string("reference", "The field that holds the gold answer.")
    static let referenceKind = Setting.string(
      "reference-kind", "The kind of all gold answers, such as 'math', 'text', 'choice' or 'unit-tests'."
    ).optional("each record says it")
    static let referenceKindField = Setting.string(
      "reference-kind-field", "The field that holds the kind of the record's gold answer."
    ).optional("'reference_kind'")
    static let first = Setting.integer("first", "Tasks to leave out at the beginning.").standard(0)
    static let count = Setting.integer(
      "count", in: 1...Int(Int32.max), "The number of tasks."
    ).optional("all of a file; an error with 'from'")
  }

  /// The keys of an entry.
  package static let settings: [any DeclaredSetting] = [
    Key.from, Key.split, Key.seed, Key.path, Key.format, Key.fields, Key.first, Key.count,
  ]

  init(_ reader: ObjectReader) throws {
    let first = try reader.read(Key.first)
    let count = try reader.read(Key.count)
    if let plugin = try reader.read(Key.from) {
      self = .source(
        plugin: plugin, split: try reader.required("split", reader.read(Key.split)), first: first,
        count: try reader.required("count", count), seed: UInt64(try reader.read(Key.seed)))
      return
    }
    let path = try reader.required("path", reader.read(Key.path))
    let format = try reader.required("format", reader.read(Key.format))
    var fields: [String: String] = [:]
    if format == .jsonl {
      let mapping = try reader.required("fields", reader.object(Key.fields))
      fields["question"] = try mapping.read(Key.question)
      fields["reference"] = try mapping.read(Key.reference)
      fields["reference-kind"] = try mapping.read(Key.referenceKind)
      fields["reference-kind-field"] = try mapping.read(Key.referenceKindField)
      guard fields["reference-kind"] == nil || fields["reference-kind-field"] == nil else {
        throw PolyaError(
          .configuration, "gives both 'reference-kind' and 'reference-kind-field'", at: mapping.path,
          hint: "keep one: the first sets the kind of all records, the second names the field that holds it")
      }
      try mapping.finish()
    }
    self = .file(path: path, format: format, fields: fields, first: first, count: count)
  }
}

extension TaskSetEntry {
  /// Loads the tasks.
  ///
  /// - Throws: If the split or file does not exist, or has too few tasks.
  package func load(folder: String, roles: any RoleProvider, name: String) throws -> TaskSet {
    switch self {
    case .source(let plugin, let split, let first, let count, let seed):
      let source = try roles.taskSource(plugin)
      let isOutside = source.splits.first { $0.name == split }?.isOutOfDistribution ?? false
      return TaskSet(
        tasks: try source.tasks(split: split, range: first..<first + count, seed: seed), source: source,
        description: TaskSetRecord(
          name: name, distribution: isOutside ? .outside : .inside, note: "\(count) of \(plugin)/\(split)"))
    case .file(let path, let format, let fields, let first, let count):
      let tasks: [Task]
      do {
        tasks = try TaskFile.read(
          Folder.resolve(path, in: folder), format: TaskFile.Format(format, fields: fields))
      } catch var error as PolyaError {
        let file = Folder.resolve(path, in: folder)
        error.place = "tasks.\(name), \((error.place ?? path).replacing(file, with: path))"
        throw error
      }
      guard !tasks.isEmpty else {
        throw PolyaError(.configuration, "\(path) contains no tasks", at: "tasks.\(name)")
      }
      guard first + (count ?? 0) <= tasks.count else {
        throw PolyaError(
          .configuration, "\(path) has \(tasks.count) tasks, but \(first + (count ?? 0)) are needed",
          at: "tasks.\(name)")
      }
      return TaskSet(
        tasks: Array(tasks[first..<(count.map { first + $0 } ?? tasks.count)]), source: nil,
        description: TaskSetRecord(name: name, distribution: .inside, note: "\(path) (\(format.rawValue))"))
    }
  }
}

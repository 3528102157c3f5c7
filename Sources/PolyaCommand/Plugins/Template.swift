internal import PolyaCore

/// A template for a new plugin. It is itself a plugin called "template-name"; `plugin new` copies it and
/// replaces the name.
///
/// The folders `any/KIND`, `LANGUAGE/any`, and `LANGUAGE/KIND` of `SDK/templates` are overlaid, so that
/// common files exist only once. Nothing else is special: the sources of a template compile unchanged.
struct Template {
  /// The language of a plugin.
  enum Language: String, CaseIterable {
    case c, cpp, rust, swift, python
  }

  /// The kind of a plugin.
  enum Kind: String, CaseIterable {
    case strategy, reward, tasks, model
  }

  /// A file of the new folder.
  struct File {
    var path: String
    var text: String
  }

  let language: Language
  let kind: Kind
  private let sdk: String
  private let words: [(placeholder: String, value: String)]

  /// Build results of a template that was tried in place, which are not copied.
  private static let builtNames: Set<String> = [".build", "target", "try", "Cargo.lock", "Package.resolved"]

  /// Creates a template.
  ///
  /// - Parameter name: The name of the plugin, which matches [a-z][a-z0-9-]*.
  init(_ language: Language, _ kind: Kind, name: String, id: String, sdk: String) {
    self.language = language
    self.kind = kind
    self.sdk = sdk
    let parts = name.split(separator: "-")
    let symbol = parts.joined(separator: "_")
    let type = parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    words = [
      ("TEMPLATE_SOURCE", Self.source(language, kind)), ("TEMPLATE_ID", id), ("TEMPLATE_SDK", sdk),
      ("template-name", name),
      ("template_name", symbol), ("TemplateName", type),
    ]
  }

  /// The name of the file that an author edits first.
  var source: String { fill("TEMPLATE_SOURCE") }

  private static func source(_ language: Language, _ kind: Kind) -> String {
    switch (language, kind) {
    case (.c, _): "template_name.c"
    case (.cpp, _): "template_name.cpp"
    case (.rust, .model): "src/network.rs"
    case (.rust, _): "src/lib.rs"
    case (.swift, .model): "Sources/TemplateName/Bigrams.swift"
    case (.swift, _): "Sources/TemplateName/TemplateName.swift"
    case (.python, _): "template_name.py"
    }
  }

  /// Returns all files of the new folder.
  func files() throws -> [File] {
    var files: [File] = []
    for layer in [
      "any/\(kind.rawValue)", "\(language.rawValue)/any", "\(language.rawValue)/\(kind.rawValue)",
    ] {
      let folder = "\(sdk)/templates/\(layer)"
      guard Folder.exists(folder) else { continue }
      for file in try read(folder, under: "") {
        files.removeAll { $0.path == file.path }
        files.append(file)
      }
    }
    guard files.contains(where: { $0.path == source }) else {
      throw PolyaError(
        .file, "there is no template for \(kind.rawValue) in \(language.rawValue)", at: "\(sdk)/templates",
        hint: "set POLYA_SDK to the SDK folder of this version")
    }
    return files
  }

  private func read(_ folder: String, under prefix: String) throws -> [File] {
    try Folder.names(in: folder).flatMap { name -> [File] in
      guard !Self.builtNames.contains(name), !name.hasSuffix(".so") else { return [] }
      let path = "\(folder)/\(name)"
      guard !Folder.exists(path) else { return try read(path, under: "\(prefix)\(name)/") }
      return [
        File(
          path: fill(prefix + name), text: fill(String(decoding: try FileBytes.read(path), as: UTF8.self)))
      ]
    }
  }

  /// Replaces the placeholders in a text once; values are not searched again. Only the value of
  /// `TEMPLATE_SOURCE` contains other placeholders.
  private func fill(_ text: String) -> String {
    var rest = Substring(text)
    var filled = ""
    while let place = rest.firstIndex(where: { $0 == "T" || $0 == "t" }) {
      filled += rest[..<place]
      rest = rest[place...]
      if let word = words.first(where: { rest.hasPrefix($0.placeholder) }) {
        filled += word.placeholder == "TEMPLATE_SOURCE" ? fill(word.value) : word.value
        rest = rest.dropFirst(word.placeholder.count)
      } else {
        filled.append(rest.removeFirst())
      }
    }
    return filled + rest
  }
}

internal import PolyaCore

/// A template is a plugin called "template-name": `plugin new` copies it and puts the real name in its place.
///
/// The folders `any/KIND`, `LANGUAGE/any` and `LANGUAGE/KIND` of `SDK/templates` are laid over each other, so that
/// what is common stands once. No other text is special: every source of a template compiles as it stands.
struct Template {
  /// A language that a plugin can be written in.
  enum Language: String, CaseIterable {
    case c, cpp, rust, swift, python
  }

  /// What a plugin can be.
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

  /// Build results of a template that was tried in its place.
  private static let builtNames: Set<String> = [".build", "target", "try", "Cargo.lock", "Package.resolved"]

  /// - Parameter name: [a-z][a-z0-9-]*.
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

  /// The file that an author edits first, under its real name.
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

  /// All files of the new folder.
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

  /// A value that looks like a placeholder is not replaced again: only `TEMPLATE_SOURCE` contains others.
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

package import PolyaCore

/// The descriptors of a plugin file as JSON next to it (`libX.so` → `libX.polya.json`). Lists, help, and
/// checks of manifests read the sidecar instead of running the file's code. Workers report descriptors in the
/// same format.
package enum Sidecar {
  /// The version of the format.
  package static let format = 1

  /// Returns the path of a plugin file's sidecar.
  package static func path(for file: String) -> String {
    (file.hasSuffix(".so") ? String(file.dropLast(3)) : file) + ".polya.json"
  }

  /// Returns the sidecar for all plugins of a file.
  package static func json(_ plugins: [PluginDescription], sha256: String) -> JSON {
    [
      "polya_sidecar": JSON(format), "sha256": .string(sha256),
      "plugins": .array(plugins.map(\.json)),
    ]
  }

  /// Reads the text of a sidecar.
  ///
  /// - Parameter file: The plugin file, for the descriptions.
  ///
  /// - Returns: nil if it was written for a file with another digest than `sha256`.
  package static func read(_ text: [UInt8], file: String, sha256: String, at place: String) throws
    -> [PluginDescription]?
  {
    let root = try ObjectReader(try JSONParser.parse(text, at: place), at: place)
    guard try root.required("polya_sidecar", root.integer("polya_sidecar")) == format else {
      throw PolyaError(
        .corrupt, "is not a sidecar of format \(format)", at: place,
        hint: "rewrite it with polya plugin describe --write")
    }
    guard try root.required("sha256", root.string("sha256")) == sha256 else { return nil }
    let plugins = try root.required("plugins", root.objects("plugins")).map {
      try PluginDescription($0, file: file, sha256: sha256)
    }
    try root.finish()
    return plugins
  }
}

extension PluginDescription {
  /// The descriptor without the path of the file.
  package var json: JSON {
    [
      "id": .string(id), "kind": .string(kind), "version": .string(version), "title": .string(title),
      "summary": .string(summary), "guide": .string(guide), "abi": .string(abi),
      "toolchain": .string(toolchain), "traits": .array(traits.names.map { .string($0) }),
      "options": .array(options.map(\.json)),
    ]
  }

  init(_ reader: ObjectReader, file: String, sha256: String) throws {
    func text(_ key: String) throws -> String { try reader.required(key, reader.string(key)) }
    self.init(
      id: try text("id"), kind: try text("kind"), version: try text("version"), title: try text("title"),
      summary: try text("summary"), guide: try text("guide"),
      options: try reader.required("options", reader.objects("options")).map { try OptionDescription($0) },
      traits: try PluginTraits(names: try reader.required("traits", reader.strings("traits"))), file: file,
      sha256: sha256, abi: try text("abi"), toolchain: try text("toolchain"))
    try reader.finish()
  }
}

extension OptionDescription {
  var json: JSON {
    var members: JSON.Members = ["key": .string(key), "help": .string(help), "type": .string(kind.word)]
    switch kind {
    case .integer(let range):
      if range.lowerBound != .min { members["min"] = .integer(range.lowerBound) }
      if range.upperBound != .max { members["max"] = .integer(range.upperBound) }
    case .real(let range):
      if range.lowerBound > -.infinity { members["min"] = .real(range.lowerBound) }
      if range.upperBound < .infinity { members["max"] = .real(range.upperBound) }
    case .choice(let choices):
      members["choices"] = .array(
        choices.map { ["value": .string($0.value), "help": .string($0.help)] })
    default: break
    }
    members["default"] = defaultValue
    if isRequired { members["required"] = true }
    if isList { members["list"] = true }
    return .object(members)
  }

  init(_ reader: ObjectReader) throws {
    key = try reader.required("key", reader.string("key"))
    help = try reader.required("help", reader.string("help"))
    kind = try Kind(reader)
    defaultValue = reader.value("default")
    isRequired = try reader.bool("required") ?? false
    isList = try reader.bool("list") ?? false
    try reader.finish()
  }
}

extension OptionDescription.Kind {
  /// The name of the type in sidecars.
  var word: String {
    switch self {
    case .bool: "bool"
    case .integer: "integer"
    case .real: "real"
    case .text: "text"
    case .choice: "choice"
    case .path: "path"
    case .bytes: "bytes"
    case .seconds: "seconds"
    case .secret: "secret"
    case .json: "json"
    case .model: "model"
    }
  }

  fileprivate init(_ reader: ObjectReader) throws {
    let word = try reader.required("type", reader.string("type"))
    switch word {
    case "bool": self = .bool
    case "integer":
      let low = reader.value("min")?.integer ?? .min
      let high = reader.value("max")?.integer ?? .max
      guard low <= high else { throw Self.crossed(reader) }
      self = .integer(low...high)
    case "real":
      let low = reader.value("min")?.real ?? -.infinity
      let high = reader.value("max")?.real ?? .infinity
      guard low <= high else { throw Self.crossed(reader) }
      self = .real(low...high)
    case "text": self = .text
    case "choice":
      self = .choice(
        try reader.required("choices", reader.objects("choices")).map {
          OptionDescription.Choice(
            value: try $0.required("value", $0.string("value")), help: try $0.string("help") ?? "")
        })
    case "path": self = .path
    case "bytes": self = .bytes
    case "seconds": self = .seconds
    case "secret": self = .secret
    case "json": self = .json
    case "model": self = .model
    default: throw PolyaError(.corrupt, "there is no option type '\(word)'", at: reader.path)
    }
  }

  private static func crossed(_ reader: ObjectReader) -> PolyaError {
    PolyaError(.corrupt, "the lower bound is above the upper one", at: reader.path)
  }
}

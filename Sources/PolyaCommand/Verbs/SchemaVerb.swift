internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum SchemaVerb: Verb {
  static let name = "schema"
  static let summary = "Print the JSON Schema of manifests, for editors."
  static let operands = "[PLUGIN-FILE]…"
  static let details =
    "  The schema includes the options of the plugins that polya plugin list shows and of the given files."
  static let options = CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let host = try environment.host(&arguments)
    let folder = try environment.workingFolder()
    var (plugins, failures) = try host.list()
    var names = plugins.map(\.id)
    while let file = try arguments.optionalPositional() {
      let found = try host.describe(PluginReference(name: file, use: file, folder: folder))
      plugins += found
      names += found.map { _ in file }
    }
    try arguments.finish()
    failures.forEach { Console.message("polya: \($0)") }
    try Console.out(pretty: ManifestSchema(plugins: Array(zip(names, plugins))).json)
  }
}

/// The JSON Schema (2020-12) of a manifest.
struct ManifestSchema {
  /// The plugins, by the value of `use` that selects each.
  let plugins: [(use: String, plugin: PluginDescription)]

  var json: JSON {
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "polya manifest", "type": "object",
      "required": ["polya", "run"], "additionalProperties": false,
      "properties": [
        "polya": ["const": 1], "run": Self.object(RunEntry.settings),
        "plugins": ["type": "object", "additionalProperties": plugin],
        "panels": ["type": "object", "additionalProperties": Self.object(PanelEntry.settings)],
        "tasks": ["type": "object", "additionalProperties": Self.object(TaskSetEntry.settings)],
        "stages": ["type": "object", "additionalProperties": Self.stage],
      ],
    ]
  }

  private static func object(_ settings: [any DeclaredSetting]) -> JSON {
    .object(SettingDeclaration.schema(of: settings.map(\.declaration)))
  }

  /// The schema of a stage, in which each kind has its own keys.
  private static let stage: JSON = [
    "type": "object", "required": ["kind"],
    "properties": ["kind": ["enum": .array(StageKinds.all.map { .string($0.kind) })]],
    "allOf": .array(
      StageKinds.all.map { type in
        [
          "if": ["properties": ["kind": ["const": .string(type.kind)]], "required": ["kind"]],
          "then": object(StageEntry.settings + type.settings),
        ]
      }),
  ]

  private var plugin: JSON {
    var members = SettingDeclaration.schema(of: PluginEntry.settings.map(\.declaration))
    if case .object(var properties)? = members["properties"], case .object(var use)? = properties["use"] {
      use["anyOf"] = .array(known)
      properties["use"] = .object(use)
      members["properties"] = .object(properties)
    }
    members["allOf"] = .array(
      plugins.map { use, plugin in
        [
          "if": ["properties": ["use": ["const": .string(use)]], "required": ["use"]],
          "then": ["properties": ["options": Self.options(of: plugin)]],
        ]
      })
    return .object(members)
  }

  /// The allowed values of `use`: a known id or a file.
  private var known: [JSON] {
    [["enum": .array(plugins.map { .string($0.use) })], ["pattern": "/|\\.so"]]
  }

  private static func options(of plugin: PluginDescription) -> JSON {
    var properties: JSON.Members = [:]
    for option in plugin.options { properties[option.key] = schema(option) }
    let required = plugin.options.filter(\.isRequired).map { JSON.string($0.key) }
    var members: JSON.Members = [
      "description": .string(plugin.summary), "additionalProperties": false,
      "properties": .object(properties),
    ]
    if !required.isEmpty { members["required"] = .array(required) }
    return .object(members)
  }

  private static func schema(_ option: OptionDescription) -> JSON {
    var members = type(option.kind)
    if option.isList {
      let one = JSON.object(members)
      members = ["anyOf": [one, ["type": "array", "items": one]]]
    }
    members["description"] = .string(option.help)
    members["default"] = option.defaultValue
    return .object(members)
  }

  private static func type(_ kind: OptionDescription.Kind) -> JSON.Members {
    switch kind {
    case .bool: return ["type": "boolean"]
    case .integer(let range):
      var members: JSON.Members = ["type": "integer"]
      if range.lowerBound != .min { members["minimum"] = .integer(range.lowerBound) }
      if range.upperBound != .max { members["maximum"] = .integer(range.upperBound) }
      return members
    case .real(let range):
      var members: JSON.Members = ["type": "number"]
      if range.lowerBound > -.infinity { members["minimum"] = .real(range.lowerBound) }
      if range.upperBound < .infinity { members["maximum"] = .real(range.upperBound) }
      return members
    case .choice(let choices): return ["enum": .array(choices.map { .string($0.value) })]
    case .bytes, .seconds: return ["type": ["number", "string"]]
    case .secret: return ["type": "string", "pattern": "^(env|file):"]
    case .json: return [:]
    case .text, .path, .model: return ["type": "string"]
    }
  }
}

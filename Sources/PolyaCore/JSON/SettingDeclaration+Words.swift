extension SettingDeclaration.Form {
  /// The form in words that complete "must be …".
  package var words: String {
    switch self {
    case .bool: "true or false"
    case .integer(let range):
      "an integer from \(range.lowerBound)"
        + (range.upperBound == .max ? "" : " to \(range.upperBound)")
    case .real(let range) where range == -.infinity...Double.infinity: "a number"
    case .real(let range): "a number from \(range.lowerBound.shown) to \(range.upperBound.shown)"
    case .string: "a string"
    case .strings: "a string or a list of strings"
    case .integers: "a list of integers"
    case .choice(let values): "one of " + values.map { "'\($0)'" }.joined(separator: ", ")
    case .object: "an object"
    case .objects: "a list of objects"
    case .map(let form): "an object, each value \(form.words)"
    case .variant(let variants): "one of " + variants.map { "'\($0.name)'" }.joined(separator: ", ")
    case .variants(let variants): "a list of " + variants.map { "'\($0.name)'" }.joined(separator: ", ")
    case .json: "any JSON"
    }
  }

  /// Returns a hint with the choice nearest to a misspelled one; nil if there is none.
  func suggestion(for value: JSON) -> String? {
    guard case .choice(let values) = self, let word = value.string else { return nil }
    return Suggestion.nearest(to: word, among: values).map { "did you mean '\($0)'?" }
  }

  /// The form as a JSON Schema.
  package var schema: JSON.Members {
    switch self {
    case .bool: return ["type": "boolean"]
    case .integer(let range):
      var members: JSON.Members = ["type": "integer", "minimum": JSON(range.lowerBound)]
      if range.upperBound < .max { members["maximum"] = JSON(range.upperBound) }
      return members
    case .real(let range):
      var members: JSON.Members = ["type": "number"]
      if range.lowerBound > -.infinity { members["minimum"] = JSON(range.lowerBound) }
      if range.upperBound < .infinity { members["maximum"] = JSON(range.upperBound) }
      return members
    case .string: return ["type": "string"]
    case .strings: return ["type": ["string", "array"], "items": ["type": "string"]]
    case .integers: return ["type": "array", "items": ["type": "integer"]]
    case .choice(let values): return ["enum": .array(values.map { .string($0) })]
    case .object(let declarations): return SettingDeclaration.schema(of: declarations)
    case .objects(let declarations):
      return ["type": "array", "items": .object(SettingDeclaration.schema(of: declarations))]
    case .map(let form): return ["type": "object", "additionalProperties": .object(form.schema)]
    case .variant(let variants): return Self.schema(of: variants)
    case .variants(let variants): return ["type": "array", "items": .object(Self.schema(of: variants))]
    case .json: return [:]
    }
  }
}

extension SettingDeclaration.Form {
  /// A form by its name alone, unless it has required keys, or as an object.
  private static func schema(of variants: [SettingDeclaration.Variant]) -> JSON.Members {
    let names = variants.filter { form in form.settings.allSatisfy { $0.absence != .refused } }.map(\.name)
    let objects = variants.map { variant in
      var members = SettingDeclaration.schema(of: variant.settings)
      if case .object(var properties)? = members["properties"] {
        properties["kind"] = ["const": .string(variant.name)]
        members["properties"] = .object(properties)
      }
      let required = variant.settings.filter { $0.absence == .refused }.map { JSON.string($0.key) }
      members["required"] = .array(["kind"] + required)
      members["description"] = .string(variant.help)
      return JSON.object(members)
    }
    return ["anyOf": .array([["enum": .array(names.map { .string($0) })]] + objects)]
  }
}

extension SettingDeclaration {
  /// Returns the JSON Schema of an object with exactly these keys.
  package static func schema(of declarations: [SettingDeclaration]) -> JSON.Members {
    var properties: JSON.Members = [:]
    for declaration in declarations { properties[declaration.key] = .object(declaration.schema) }
    var members: JSON.Members = [
      "type": "object", "additionalProperties": false, "properties": .object(properties),
    ]
    let required = declarations.filter { $0.absence == .refused }.map { JSON.string($0.key) }
    if !required.isEmpty { members["required"] = .array(required) }
    return members
  }

  /// The JSON Schema of the key's value.
  package var schema: JSON.Members {
    var members = form.schema
    members["description"] = .string(help)
    if case .value(let value) = absence { members["default"] = value }
    return members
  }

  /// The default in words; nil means that the key is required.
  package var standard: String? {
    switch absence {
    case .refused: nil
    case .value(.real(let number)): number.shown
    case .value(.string(let text)) where text.allSatisfy { $0.isLetter || $0 == "-" }: text
    case .value(.array(let values)) where values.isEmpty: "none"
    case .value(let value): value.compact
    case .meaning(let words): words
    }
  }
}

extension Double {
  /// The number without a trailing ".0".
  fileprivate var shown: String {
    self == rounded() && magnitude < 1e15 ? String(Int(self)) : description
  }
}

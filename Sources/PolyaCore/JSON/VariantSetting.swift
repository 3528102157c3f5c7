/// One form of a value that has several, with its own settings.
package struct Variant<Value: Sendable>: Sendable {
  /// The name of the form, such as "pkpo".
  package let name: String
  /// A sentence that explains the form.
  package let help: String
  let settings: [any DeclaredSetting]
  let read: @Sendable (ObjectReader) throws -> Value

  /// Creates a form whose settings `read` reads.
  package init(
    _ name: String, _ help: String, _ settings: [any DeclaredSetting] = [],
    read: @escaping @Sendable (ObjectReader) throws -> Value
  ) {
    self.name = name
    self.help = help
    self.settings = settings
    self.read = read
  }

  var declaration: SettingDeclaration.Variant {
    SettingDeclaration.Variant(name: name, help: help, settings: settings.map(\.declaration))
  }
}

extension SettingDeclaration {
  /// A form with its name, what it means, and its own keys.
  package struct Variant: Sendable {
    /// The name of the form.
    package var name: String
    /// A sentence that explains the form.
    package var help: String
    /// Its keys.
    package var settings: [SettingDeclaration]
  }
}

/// A manifest key whose value is one of several forms: its name, or an object with the name as `kind` and the
/// settings of that form.
package struct VariantSetting<Value: Sendable>: DeclaredSetting {
  /// Everything but the value type.
  package private(set) var declaration: SettingDeclaration
  let variants: [Variant<Value>]

  /// Declares a key with these forms. The default is given as in the manifest.
  package static func one(
    _ key: String, of variants: [Variant<Value>], standard: String, _ help: String
  ) -> Self {
    let form = SettingDeclaration.Form.variant(variants.map(\.declaration))
    return Self(
      declaration: SettingDeclaration(key: key, help: help, form: form, absence: .value(.string(standard))),
      variants: variants)
  }

  /// Declares a key for a list of such values, which is empty by default.
  package static func list(_ key: String, of variants: [Variant<Value>], _ help: String) -> Self {
    let form = SettingDeclaration.Form.variants(variants.map(\.declaration))
    return Self(
      declaration: SettingDeclaration(key: key, help: help, form: form, absence: .value([])),
      variants: variants)
  }
}

extension ObjectReader {
  /// Returns the value of a key with several forms, or its default.
  ///
  /// - Throws: If there is no such form, or if its settings are wrong.
  package func read<Value>(_ setting: VariantSetting<Value>) throws -> Value {
    let json = try json(of: setting.declaration)
    return try variant(json, of: setting, at: place(setting.declaration.key))
  }

  /// Returns the values of a list.
  ///
  /// - Throws: As ``read(_:)-(VariantSetting<Value>)`` for any of them.
  package func readAll<Value>(_ setting: VariantSetting<Value>) throws -> [Value] {
    let json = try json(of: setting.declaration)
    let values = json.array ?? [json]
    return try values.enumerated().map { index, value in
      try variant(value, of: setting, at: "\(place(setting.declaration.key))[\(index)]")
    }
  }

  private func json(of declaration: SettingDeclaration) throws -> JSON {
    let given = value(declaration.key) ?? defaults[declaration.key]
    guard let given else {
      if case .value(let standard) = declaration.absence { return standard }
      return try required(declaration.key, nil)
    }
    return given
  }

  private func variant<Value>(_ json: JSON, of setting: VariantSetting<Value>, at place: String) throws
    -> Value
  {
    let names = setting.variants.map(\.name)
    let form = SettingDeclaration.Form.choice(names)
    guard json.string != nil || json.typeName == JSON.object([:]).typeName else {
      throw PolyaError(
        .configuration, "must be \(form.words), or an object with that as 'kind', not \(json.shown)",
        at: place)
    }
    let reader = try ObjectReader(json.string.map { ["kind": .string($0)] } ?? json, at: place)
    let name = try reader.required("kind", reader.string("kind"))
    guard let variant = setting.variants.first(where: { $0.name == name }) else {
      throw PolyaError(
        .configuration, "must be \(form.words), not '\(name)'",
        at: json.string == nil ? place + ".kind" : place,
        hint: form.suggestion(for: .string(name)))
    }
    let value = try variant.read(reader)
    try reader.finish()
    return value
  }
}

/// A key of the manifest with its value type erased.
package protocol DeclaredSetting: Sendable {
  /// Everything but the value type.
  var declaration: SettingDeclaration { get }
}

/// The meaning and permitted values of a manifest key, enough to explain and complete it.
package struct SettingDeclaration: Sendable {
  /// The form of a value.
  package indirect enum Form: Sendable {
    case bool
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case string
    /// A list of strings; a single string counts as a list of one.
    case strings
    case integers
    /// One of the given strings.
    case choice([String])
    case object([SettingDeclaration])
    case objects([SettingDeclaration])
    /// An object with user-defined keys, whose values have the given form.
    case map(Form)
    /// A name, or an object with that name as `kind` and its own keys.
    case variant([Variant])
    /// A list of those.
    case variants([Variant])
    case json
  }

  /// What happens if a key is missing.
  package enum Absence: Sendable, Equatable {
    /// The key is required.
    case refused
    /// The key has this default.
    case value(JSON)
    /// The key has no default; the text says what its absence means.
    case meaning(String)
  }

  /// The name of the key, such as "group-size".
  package var key: String
  /// A sentence that explains the key, with the unit if there is one.
  package var help: String
  /// The form of the value.
  package var form: Form
  /// What happens if the key is missing; by default, it is required.
  package var absence = Absence.refused
  /// Earlier names of the key.
  package var formerly: [String] = []

  /// Creates a declaration, by default of a required key.
  package init(key: String, help: String, form: Form, absence: Absence = .refused) {
    self.key = key
    self.help = help
    self.form = form
    self.absence = absence
  }
}

/// A manifest key, declared once: ``ObjectReader`` reads it, and `polya explain` and `polya schema` describe
/// it.
package struct Setting<Value: Sendable>: DeclaredSetting {
  /// Everything but the value type.
  package private(set) var declaration: SettingDeclaration
  /// Converts a given value; returns nil if it has the wrong form.
  let convert: @Sendable (JSON) -> Value?
  /// The default; nil means that the key is required.
  let standard: Value?

  /// Creates a required key.
  package init(
    _ key: String, _ form: SettingDeclaration.Form, _ help: String,
    convert: @escaping @Sendable (JSON) -> Value?
  ) {
    self.init(SettingDeclaration(key: key, help: help, form: form), convert: convert, standard: nil)
  }

  private init(
    _ declaration: SettingDeclaration, convert: @escaping @Sendable (JSON) -> Value?, standard: Value?
  ) {
    self.declaration = declaration
    self.convert = convert
    self.standard = standard
  }

  /// Returns the key as an optional one without a default. `meaning` says what its absence means.
  package func optional(_ meaning: String) -> Setting<Value?> {
    var declaration = declaration
    declaration.absence = .meaning(meaning)
    let convert = convert
    return Setting<Value?>(
      declaration, convert: { json in convert(json).map { .some($0) } }, standard: .some(nil))
  }

  /// Returns the key with an earlier name. Using that name is an error that mentions the current one.
  package func formerly(_ name: String) -> Self {
    var setting = self
    setting.declaration.formerly.append(name)
    return setting
  }

  private func standing(_ value: Value, _ json: JSON) -> Self {
    var declaration = declaration
    declaration.absence = .value(json)
    return Self(declaration, convert: convert, standard: value)
  }
}

extension Setting where Value == Bool {
  /// Declares a boolean key.
  package static func bool(_ key: String, _ help: String) -> Self { Self(key, .bool, help) { $0.bool } }

  /// Returns the key with a default.
  package func standard(_ value: Bool) -> Self { standing(value, .bool(value)) }
}

extension Setting where Value == Int {
  /// Declares an integer key.
  package static func integer(
    _ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max), _ help: String
  ) -> Self {
    Self(key, .integer(range), help) { json in
      json.integer.flatMap { range.contains(Int($0)) ? Int($0) : nil }
    }
  }

  /// Returns the key with a default.
  package func standard(_ value: Int) -> Self { standing(value, JSON(value)) }
}

extension Setting where Value == Double {
  /// Declares a number key.
  package static func real(_ key: String, in range: ClosedRange<Double>, _ help: String) -> Self {
    Self(key, .real(range), help) { json in json.real.flatMap { range.contains($0) ? $0 : nil } }
  }

  /// Returns the key with a default.
  package func standard(_ value: Double) -> Self { standing(value, JSON(value)) }
}

extension Setting where Value == String {
  /// Declares a string key.
  package static func string(_ key: String, _ help: String) -> Self { Self(key, .string, help) { $0.string } }

  /// Returns the key with a default.
  package func standard(_ value: String) -> Self { standing(value, .string(value)) }
}

extension Setting where Value == [String] {
  /// Declares a key for a list of strings or a single one.
  package static func strings(_ key: String, _ help: String) -> Self {
    Self(key, .strings, help) { json in
      if let single = json.string { return [single] }
      guard let values = json.array else { return nil }
      let strings = values.compactMap(\.string)
      return strings.count == values.count ? strings : nil
    }
  }

  /// Returns the key with a default.
  package func standard(_ value: [String]) -> Self { standing(value, .array(value.map { .string($0) })) }
}

extension Setting where Value == [Int] {
  /// Declares a key for a list of integers.
  package static func integers(_ key: String, _ help: String) -> Self {
    Self(key, .integers, help) { json in
      guard let values = json.array else { return nil }
      let integers = values.compactMap { $0.integer.map(Int.init) }
      return integers.count == values.count ? integers : nil
    }
  }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// Declares a key for one of an enum's raw values.
  package static func choice(_ key: String, _ help: String) -> Self {
    Self(key, .choice(Value.allCases.map(\.rawValue)), help) { $0.string.flatMap(Value.init(rawValue:)) }
  }

  /// Returns the key with a default.
  package func standard(_ value: Value) -> Self { standing(value, .string(value.rawValue)) }
}

/// A manifest key whose value is an object, or a list of objects, with its own keys.
package struct NestedSetting: DeclaredSetting {
  /// Everything but the value type.
  package private(set) var declaration: SettingDeclaration

  /// Declares a key for an object with these keys.
  package static func object(_ key: String, of settings: [any DeclaredSetting], _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .object(settings.map(\.declaration))))
  }

  /// Declares a key for a list of objects with these keys.
  package static func objects(_ key: String, of settings: [any DeclaredSetting], _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .objects(settings.map(\.declaration))))
  }

  /// Declares a key for an object with user-defined keys, whose values have the given form.
  package static func map(_ key: String, of form: SettingDeclaration.Form, _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .map(form)))
  }

  /// Returns the key as an optional one. `meaning` says what its absence means.
  package func optional(_ meaning: String) -> Self {
    var setting = self
    setting.declaration.absence = .meaning(meaning)
    return setting
  }
}

/// A key of the manifest, whatever the type of its value.
package protocol DeclaredSetting: Sendable {
  /// All but the type.
  var declaration: SettingDeclaration { get }
}

/// What a key of the manifest means and may be: enough to explain it and to complete it.
package struct SettingDeclaration: Sendable {
  /// The form of a value.
  package indirect enum Form: Sendable {
    case bool
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case string
    /// A list; a single string counts as a list of one.
    case strings
    case integers
    /// One of these strings.
    case choice([String])
    case object([SettingDeclaration])
    case objects([SettingDeclaration])
    /// An object with keys of the user's own, whose values have this form.
    case map(Form)
    case json
  }

  /// What stands in for a key that is not given.
  package enum Absence: Sendable, Equatable {
    /// Nothing: the key must be given.
    case refused
    /// This value.
    case value(JSON)
    /// What these words say.
    case meaning(String)
  }

  /// "group-size".
  package var key: String
  /// A sentence, with the unit where there is one.
  package var help: String
  /// The form of the value.
  package var form: Form
  /// Whether it may be left out.
  package var absence = Absence.refused
  /// What earlier versions called it.
  package var formerly: [String] = []
}

/// A key of the manifest, declared once: ``ObjectReader`` reads it, `polya explain` and `polya schema` show it.
package struct Setting<Value: Sendable>: DeclaredSetting {
  /// All but the type.
  package private(set) var declaration: SettingDeclaration
  /// The value of what is given; nil when it has another form.
  let convert: @Sendable (JSON) -> Value?
  /// What stands in; nil: the key must be given.
  let standard: Value?

  /// A key that must be given.
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

  /// The same key, which may be left out: then it has no value, and `meaning` says what that does.
  package func optional(_ meaning: String) -> Setting<Value?> {
    var declaration = declaration
    declaration.absence = .meaning(meaning)
    let convert = convert
    return Setting<Value?>(
      declaration, convert: { json in convert(json).map { .some($0) } }, standard: .some(nil))
  }

  /// The same key, which was called otherwise before: the old name is refused with the new one.
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
  /// `true` or `false`.
  package static func bool(_ key: String, _ help: String) -> Self { Self(key, .bool, help) { $0.bool } }

  /// The value of a key that is not given.
  package func standard(_ value: Bool) -> Self { standing(value, .bool(value)) }
}

extension Setting where Value == Int {
  /// An integer.
  package static func integer(
    _ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max), _ help: String
  ) -> Self {
    Self(key, .integer(range), help) { json in
      json.integer.flatMap { range.contains(Int($0)) ? Int($0) : nil }
    }
  }

  /// The value of a key that is not given.
  package func standard(_ value: Int) -> Self { standing(value, JSON(value)) }
}

extension Setting where Value == Double {
  /// A number.
  package static func real(_ key: String, in range: ClosedRange<Double>, _ help: String) -> Self {
    Self(key, .real(range), help) { json in json.real.flatMap { range.contains($0) ? $0 : nil } }
  }

  /// The value of a key that is not given.
  package func standard(_ value: Double) -> Self { standing(value, JSON(value)) }
}

extension Setting where Value == String {
  /// A string.
  package static func string(_ key: String, _ help: String) -> Self { Self(key, .string, help) { $0.string } }

  /// The value of a key that is not given.
  package func standard(_ value: String) -> Self { standing(value, .string(value)) }
}

extension Setting where Value == [String] {
  /// A list of strings, or a single one.
  package static func strings(_ key: String, _ help: String) -> Self {
    Self(key, .strings, help) { json in
      if let single = json.string { return [single] }
      guard let values = json.array else { return nil }
      let strings = values.compactMap(\.string)
      return strings.count == values.count ? strings : nil
    }
  }

  /// The value of a key that is not given.
  package func standard(_ value: [String]) -> Self { standing(value, .array(value.map { .string($0) })) }
}

extension Setting where Value == [Int] {
  /// A list of integers.
  package static func integers(_ key: String, _ help: String) -> Self {
    Self(key, .integers, help) { json in
      guard let values = json.array else { return nil }
      let integers = values.compactMap { $0.integer.map(Int.init) }
      return integers.count == values.count ? integers : nil
    }
  }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of an enum's raw values.
  package static func choice(_ key: String, _ help: String) -> Self {
    Self(key, .choice(Value.allCases.map(\.rawValue)), help) { $0.string.flatMap(Value.init(rawValue:)) }
  }

  /// The value of a key that is not given.
  package func standard(_ value: Value) -> Self { standing(value, .string(value.rawValue)) }
}

/// A key whose value is an object, or a list of objects, with keys of their own.
package struct NestedSetting: DeclaredSetting {
  /// All but the type.
  package private(set) var declaration: SettingDeclaration

  /// An object with these keys.
  package static func object(_ key: String, of settings: [any DeclaredSetting], _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .object(settings.map(\.declaration))))
  }

  /// A list of objects with these keys.
  package static func objects(_ key: String, of settings: [any DeclaredSetting], _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .objects(settings.map(\.declaration))))
  }

  /// An object with keys of the user's own, whose values have this form.
  package static func map(_ key: String, of form: SettingDeclaration.Form, _ help: String) -> Self {
    Self(declaration: SettingDeclaration(key: key, help: help, form: .map(form)))
  }

  /// The same key, which may be left out; `meaning` says what that does.
  package func optional(_ meaning: String) -> Self {
    var setting = self
    setting.declaration.absence = .meaning(meaning)
    return setting
  }
}

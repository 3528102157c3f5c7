/// Collects problems so that one command can report several of them.
package final class Problems {
  /// The problems in the order found, without duplicates.
  package private(set) var found: [PolyaError] = []

  /// Creates an empty collection.
  package init() {}

  /// Adds a problem unless the same one was added before.
  package func add(_ problem: PolyaError) {
    if !found.contains(where: { $0.description == problem.description }) { found.append(problem) }
  }

  /// Runs `body`. If it throws a `PolyaError`, records it as a problem and returns nil.
  package func attempt<T>(_ body: () throws -> T) throws -> T? {
    do { return try body() } catch let problem as PolyaError {
      add(problem)
      return nil
    }
  }
}

/// Reads the keys of a settings object and then refuses those that were not read, so that a misspelled key is
/// never ignored.
package final class ObjectReader {
  /// The path of the object for errors, such as "stages.mid".
  package let path: String
  /// The members as written. Reading this does not mark any key as read.
  package let members: JSON.Members
  private let problems: Problems?
  /// What counts as given for keys that are not, such as the settings of a preset.
  package var defaults: JSON.Members = [:]
  /// The keys that were asked for, whether or not they are given.
  package private(set) var known: [String] = []
  /// The current names of renamed keys, by their old names.
  private var renamed: [String: String] = [:]

  /// Creates a reader.
  ///
  /// - Parameter problems: Collects wrong values and unknown keys; a wrong value then counts as absent. If
  ///   nil, the first problem is thrown.
  ///
  /// - Throws: If `value` is not an object.
  package init(_ value: JSON, at path: String, problems: Problems? = nil) throws {
    guard case .object(let members) = value else {
      throw PolyaError(.configuration, "must be an object, not \(value.typeName)", at: path)
    }
    self.members = members
    self.path = path
    self.problems = problems
  }

  /// The keys in the order written.
  package var keys: [String] { members.pairs.map(\.key) }

  /// The full path of a key, for errors.
  package func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Returns the raw value and marks the key as read.
  package func value(_ key: String) -> JSON? {
    known.append(key)
    return members[key]
  }

  private func value<T>(
    of declaration: SettingDeclaration, _ convert: (JSON) -> T?
  ) throws -> T? {
    let key = declaration.key
    for old in declaration.formerly { renamed[old] = key }
    guard let value = value(key) ?? defaults[key] else { return nil }
    if let converted = convert(value) { return converted }
    let problem = PolyaError(
      .configuration, "must be \(declaration.form.words), not \(value.shown)", at: place(key),
      hint: declaration.form.suggestion(for: value))
    guard let problems else { throw problem }
    problems.add(problem)
    return nil
  }

  /// Returns the value of a key, or its default.
  ///
  /// - Throws: If the value has the wrong form, or if a required key is missing.
  package func read<Value>(_ setting: Setting<Value>) throws -> Value {
    let value = try value(of: setting.declaration, setting.convert) ?? setting.standard
    return try required(setting.declaration.key, value)
  }

  /// Returns the object of a key, or nil if the key is optional and missing.
  package func object(_ setting: NestedSetting) throws -> ObjectReader? {
    let key = setting.declaration.key
    let reader = try object(key)
    return setting.declaration.absence == .refused ? try required(key, reader) : reader
  }

  /// Returns the objects of a key, or nil if the key is optional and missing.
  package func objects(_ setting: NestedSetting) throws -> [ObjectReader]? {
    let key = setting.declaration.key
    let readers = try objects(key)
    return setting.declaration.absence == .refused ? try required(key, readers) : readers
  }

  private func read<Value>(ifGiven setting: Setting<Value>) throws -> Value? {
    try value(of: setting.declaration, setting.convert)
  }

  /// Returns a string, or nil if the key is missing.
  package func string(_ key: String) throws -> String? { try read(ifGiven: .string(key, "")) }

  /// Returns a boolean, or nil if the key is missing.
  package func bool(_ key: String) throws -> Bool? { try read(ifGiven: .bool(key, "")) }

  /// Returns an integer in `range`, or nil if the key is missing.
  package func integer(_ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws -> Int? {
    try read(ifGiven: .integer(key, in: range, ""))
  }

  /// Returns a number in `range`, or nil if the key is missing.
  package func real(_ key: String, in range: ClosedRange<Double> = -Double.infinity...Double.infinity) throws
    -> Double?
  {
    try read(ifGiven: .real(key, in: range, ""))
  }

  /// Returns a list of strings, or nil if the key is missing. A single string counts as a list of one.
  package func strings(_ key: String) throws -> [String]? { try read(ifGiven: .strings(key, "")) }

  /// Returns a list of integers, or nil if the key is missing.
  package func integers(_ key: String) throws -> [Int]? { try read(ifGiven: .integers(key, "")) }

  /// Returns a case of an enum by its raw value, or nil if the key is missing.
  package func choice<T: RawRepresentable & CaseIterable & Sendable>(_ key: String, _ type: T.Type) throws
    -> T?
  where T.RawValue == String {
    try read(ifGiven: Setting<T>.choice(key, ""))
  }

  /// Returns a reader of a nested object, or nil if the key is missing.
  package func object(_ key: String) throws -> ObjectReader? {
    try value(key).map { try ObjectReader($0, at: place(key), problems: problems) }
  }

  /// Returns readers of a list of objects, or nil if the key is missing.
  package func objects(_ key: String) throws -> [ObjectReader]? {
    let declaration = SettingDeclaration(key: key, help: "", form: .objects([]))
    guard let values = try value(of: declaration, { $0.array }) else { return nil }
    return try values.enumerated().map {
      try ObjectReader($1, at: "\(place(key))[\($0)]", problems: problems)
    }
  }

  /// Returns `value`, or throws that the key is missing.
  package func required<T>(_ key: String, _ value: T?) throws -> T {
    if let value { return value }
    // A value that is given but nil has already been reported.
    if members[key] != nil, let earlier = problems?.found.last(where: { $0.place == place(key) }) {
      throw earlier
    }
    if let old = keys.first(where: { renamed[$0] == key }) { throw unknown(old) }
    throw PolyaError(.configuration, "the key '\(key)' is missing", at: path)
  }

  /// Refuses unknown keys. Call this after all keys were read.
  ///
  /// - Throws: For the first key that was not read, with the nearest known key as a hint.
  package func finish() throws {
    for key in keys where !known.contains(key) {
      let problem = unknown(key)
      guard let problems else { throw problem }
      problems.add(problem)
    }
  }

  private func unknown(_ key: String) -> PolyaError {
    PolyaError(
      .configuration, "unknown key '\(key)'", at: path.isEmpty ? nil : path,
      hint: renamed[key].map { "it is now called '\($0)'" }
        ?? (known.isEmpty ? "no keys are allowed here" : Suggestion.hint(for: key, among: known)))
  }
}

extension JSON {
  /// A short form of the value for error messages.
  package var shown: String {
    let text = compact
    return text.utf8.count <= 60 ? text : String(text.prefix(57)) + "…"
  }
}

/// Collects problems where the first one need not be the last.
package final class Problems {
  /// In the order found; each occurs once.
  package private(set) var found: [PolyaError] = []

  /// None yet.
  package init() {}

  /// Adds a problem.
  package func add(_ problem: PolyaError) {
    if !found.contains(where: { $0.description == problem.description }) { found.append(problem) }
  }

  /// Runs `body`; what it throws is a problem, and the answer nil.
  package func attempt<T>(_ body: () throws -> T) throws -> T? {
    do { return try body() } catch let problem as PolyaError {
      add(problem)
      return nil
    }
  }
}

/// Reads a settings object key by key and then refuses what nobody read, so that configuration cannot lie.
package final class ObjectReader {
  /// Where the object stands: "stages.mid".
  package let path: String
  /// As written; reading it counts as reading none of them.
  package let members: JSON.Members
  private let problems: Problems?
  /// The keys that were asked for, whether they are given or not.
  package private(set) var known: [String] = []
  /// What keys that are read were called before, and their names now.
  private var renamed: [String: String] = [:]

  /// - Parameter problems: gets what is wrong with single values and keys, which then count as absent; nil: the first
  ///   of them is thrown.
  /// - Throws: when `value` is not an object.
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

  /// What errors call a key.
  package func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The raw value; counts as read.
  package func value(_ key: String) -> JSON? {
    known.append(key)
    return members[key]
  }

  private func value<T>(
    of declaration: SettingDeclaration, _ convert: (JSON) -> T?
  ) throws -> T? {
    let key = declaration.key
    for old in declaration.formerly { renamed[old] = key }
    guard let value = value(key) else { return nil }
    if let converted = convert(value) { return converted }
    let problem = PolyaError(
      .configuration, "must be \(declaration.form.words), not \(value.shown)", at: place(key),
      hint: declaration.form.suggestion(for: value))
    guard let problems else { throw problem }
    problems.add(problem)
    return nil
  }

  /// The value of a key, or what stands in for it.
  ///
  /// - Throws: for a value of another form, and for a key that must be given and is not.
  package func read<Value>(_ setting: Setting<Value>) throws -> Value {
    let value = try value(of: setting.declaration, setting.convert) ?? setting.standard
    return try required(setting.declaration.key, value)
  }

  /// The object under a key; nil when it may be left out and is.
  package func object(_ setting: NestedSetting) throws -> ObjectReader? {
    let key = setting.declaration.key
    let reader = try object(key)
    return setting.declaration.absence == .refused ? try required(key, reader) : reader
  }

  /// The objects under a key; nil when they may be left out and are.
  package func objects(_ setting: NestedSetting) throws -> [ObjectReader]? {
    let key = setting.declaration.key
    let readers = try objects(key)
    return setting.declaration.absence == .refused ? try required(key, readers) : readers
  }

  private func read<Value>(ifGiven setting: Setting<Value>) throws -> Value? {
    try value(of: setting.declaration, setting.convert)
  }

  /// A string, or nil when the key is absent.
  package func string(_ key: String) throws -> String? { try read(ifGiven: .string(key, "")) }

  /// `true` or `false`, or nil when the key is absent.
  package func bool(_ key: String) throws -> Bool? { try read(ifGiven: .bool(key, "")) }

  /// An integer in a range, or nil when the key is absent.
  package func integer(_ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws -> Int? {
    try read(ifGiven: .integer(key, in: range, ""))
  }

  /// A number in a range, or nil when the key is absent.
  package func real(_ key: String, in range: ClosedRange<Double> = -Double.infinity...Double.infinity) throws
    -> Double?
  {
    try read(ifGiven: .real(key, in: range, ""))
  }

  /// A list of strings; a single string counts as a list of one. nil when the key is absent.
  package func strings(_ key: String) throws -> [String]? { try read(ifGiven: .strings(key, "")) }

  /// A list of integers, or nil when the key is absent.
  package func integers(_ key: String) throws -> [Int]? { try read(ifGiven: .integers(key, "")) }

  /// One of an enum's raw values, or nil when the key is absent.
  package func choice<T: RawRepresentable & CaseIterable & Sendable>(_ key: String, _ type: T.Type) throws
    -> T?
  where T.RawValue == String {
    try read(ifGiven: Setting<T>.choice(key, ""))
  }

  /// An object inside, or nil when the key is absent.
  package func object(_ key: String) throws -> ObjectReader? {
    try value(key).map { try ObjectReader($0, at: place(key), problems: problems) }
  }

  /// A list of objects, or nil when the key is absent.
  package func objects(_ key: String) throws -> [ObjectReader]? {
    let declaration = SettingDeclaration(key: key, help: "", form: .objects([]))
    guard let values = try value(of: declaration, { $0.array }) else { return nil }
    return try values.enumerated().map {
      try ObjectReader($1, at: "\(place(key))[\($0)]", problems: problems)
    }
  }

  /// The value of a key that must be there.
  package func required<T>(_ key: String, _ value: T?) throws -> T {
    if let value { return value }
    // A value that is there was refused before.
    if members[key] != nil, let earlier = problems?.found.last(where: { $0.place == place(key) }) {
      throw earlier
    }
    if let old = keys.first(where: { renamed[$0] == key }) { throw unknown(old) }
    throw PolyaError(.configuration, "the key '\(key)' is missing", at: path)
  }

  /// Call last.
  ///
  /// - Throws: for the first key that nobody read, with the nearest known one.
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
      hint: renamed[key].map { "it is called '\($0)' now" } ?? Suggestion.hint(for: key, among: known))
  }
}

extension JSON {
  /// A short form for messages.
  package var shown: String {
    let text = compact
    return text.utf8.count <= 60 ? text : String(text.prefix(57)) + "…"
  }
}

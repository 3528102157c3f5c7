/// Collects problems where the first one need not be the last.
public final class Problems {
  /// In the order found; each stands once.
  public private(set) var found: [PolyaError] = []

  /// None yet.
  public init() {}

  /// Adds a problem.
  public func add(_ problem: PolyaError) {
    if !found.contains(where: { $0.description == problem.description }) { found.append(problem) }
  }

  /// Runs `body`; what it throws is a problem, and the answer nil.
  public func attempt<T>(_ body: () throws -> T) throws -> T? {
    do { return try body() } catch let problem as PolyaError {
      add(problem)
      return nil
    }
  }
}

/// Reads a settings object key by key and then refuses what nobody read, so that configuration cannot lie.
public final class ObjectReader {
  /// Where the object stands: "stages.mid".
  public let path: String
  private let members: JSON.Members
  private let problems: Problems?
  private var known: [String] = []

  /// - Parameter problems: gets what is wrong with single values and keys, which then count as absent; nil: the first
  ///   of them is thrown.
  /// - Throws: when `value` is not an object.
  public init(_ value: JSON, at path: String, problems: Problems? = nil) throws {
    guard case .object(let members) = value else {
      throw PolyaError(.configuration, "must be an object, not \(value.typeName)", at: path)
    }
    self.members = members
    self.path = path
    self.problems = problems
  }

  /// The object as written; counts as reading nothing.
  public var json: JSON { .object(members) }

  /// The keys in the order written.
  public var keys: [String] { members.pairs.map(\.key) }

  /// What errors call a key.
  public func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The raw value; counts as read.
  public func value(_ key: String) -> JSON? {
    known.append(key)
    return members[key]
  }

  private func read<T>(_ key: String, _ expected: String, _ convert: (JSON) -> T?) throws -> T? {
    guard let value = value(key) else { return nil }
    if let converted = convert(value) { return converted }
    let problem = PolyaError(.configuration, "must be \(expected), not \(value.shown)", at: place(key))
    guard let problems else { throw problem }
    problems.add(problem)
    return nil
  }

  /// A text, or nil when the key is absent.
  public func string(_ key: String) throws -> String? { try read(key, "a text") { $0.string } }

  /// A truth value, or nil when the key is absent.
  public func bool(_ key: String) throws -> Bool? { try read(key, "true or false") { $0.bool } }

  /// An integer in a range, or nil when the key is absent.
  public func integer(_ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) throws -> Int? {
    let upper = range.upperBound == Int(Int32.max) ? "" : " to \(range.upperBound)"
    return try read(key, "a whole number from \(range.lowerBound)\(upper)") { value in
      value.integer.flatMap { range.contains(Int($0)) ? Int($0) : nil }
    }
  }

  /// A number in a range, or nil when the key is absent.
  public func real(_ key: String, in range: ClosedRange<Double> = -Double.infinity...Double.infinity) throws
    -> Double?
  {
    try read(key, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
      value.real.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A list of texts; a single text counts as a list of one. nil when the key is absent.
  public func strings(_ key: String) throws -> [String]? {
    try read(key, "a list of texts") { value in
      if let single = value.string { return [single] }
      guard let values = value.array else { return nil }
      let texts = values.compactMap(\.string)
      return texts.count == values.count ? texts : nil
    }
  }

  /// A list of integers, or nil when the key is absent.
  public func integers(_ key: String) throws -> [Int]? {
    try read(key, "a list of whole numbers") { value in
      guard let values = value.array else { return nil }
      let integers = values.compactMap { $0.integer.map(Int.init) }
      return integers.count == values.count ? integers : nil
    }
  }

  /// One of an enum's raw values, or nil when the key is absent.
  public func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) throws -> T?
  where T.RawValue == String {
    let names = T.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try read(key, "one of \(names)") { $0.string.flatMap(T.init(rawValue:)) }
  }

  /// An object inside, or nil when the key is absent.
  public func object(_ key: String) throws -> ObjectReader? {
    try value(key).map { try ObjectReader($0, at: place(key), problems: problems) }
  }

  /// A list of objects, or nil when the key is absent.
  public func objects(_ key: String) throws -> [ObjectReader]? {
    guard let values = try read(key, "a list of objects", { $0.array }) else { return nil }
    return try values.enumerated().map {
      try ObjectReader($1, at: "\(place(key))[\($0)]", problems: problems)
    }
  }

  /// The value of a key that must be there.
  public func required<T>(_ key: String, _ value: T?) throws -> T {
    if let value { return value }
    // A value that is there was refused before.
    if members[key] != nil, let earlier = problems?.found.last(where: { $0.place == place(key) }) {
      throw earlier
    }
    throw PolyaError(.configuration, "the key '\(key)' is missing", at: path)
  }

  /// Call last.
  ///
  /// - Throws: for the first key that nobody read, with the nearest known one.
  public func finish() throws {
    for unknown in keys where !known.contains(unknown) {
      let problem = PolyaError(
        .configuration, "unknown key '\(unknown)'", at: path.isEmpty ? nil : path,
        cure: Suggestion.cure(for: unknown, among: known))
      guard let problems else { throw problem }
      problems.add(problem)
    }
  }
}

extension JSON {
  /// A short form for messages.
  public var shown: String {
    let text = compact
    return text.utf8.count <= 60 ? text : String(text.prefix(57)) + "…"
  }
}

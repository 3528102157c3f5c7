internal import PolyaCore

/// The words after a verb: what is not read is an error.
struct Arguments {
  private var words: [String]
  private var known: [String] = []
  private let verb: String

  init(_ words: [String], verb: String) {
    self.words = words
    self.verb = verb
  }

  private func usage(_ message: String, cure: String? = nil) -> PolyaError {
    PolyaError(.configuration, message, at: "polya \(verb)", cure: cure ?? "see polya help \(verb)")
  }

  /// All values of an option that may be repeated.
  mutating func values(_ name: String) throws -> [String] {
    known.append(name)
    var values: [String] = []
    while let index = words.firstIndex(where: { $0 == name || $0.hasPrefix(name + "=") }) {
      let word = words.remove(at: index)
      if word != name {
        values.append(String(word.dropFirst(name.count + 1)))
      } else {
        guard index < words.count else { throw usage("\(name) needs a value") }
        values.append(words.remove(at: index))
      }
    }
    return values
  }

  /// The value of an option.
  mutating func value(_ name: String) throws -> String? {
    let values = try values(name)
    guard values.count <= 1 else { throw usage("\(name) stands more than once") }
    return values.first
  }

  /// A whole number, at least `least`.
  mutating func integer(_ name: String, atLeast least: Int = 1) throws -> Int? {
    try value(name).map { text in
      guard let number = Int(text), number >= least else {
        throw usage("\(name) must be a whole number of at least \(least), not '\(text)'")
      }
      return number
    }
  }

  /// A number.
  mutating func real(_ name: String) throws -> Double? {
    try value(name).map { text in
      guard let number = Double(text), number.isFinite else {
        throw usage("\(name) must be a number, not '\(text)'")
      }
      return number
    }
  }

  /// Whether a flag is there.
  mutating func flag(_ name: String) -> Bool {
    known.append(name)
    let count = words.count
    words.removeAll { $0 == name }
    return words.count < count
  }

  /// The next word that is no option. Ask for all options first.
  mutating func positional(_ what: String) throws -> String {
    guard let word = try optionalPositional() else { throw usage("\(what) is missing") }
    return word
  }

  /// The next word that is no option; nil at the end.
  mutating func optionalPositional() throws -> String? {
    try refuseUnknownOptions()
    return words.isEmpty ? nil : words.removeFirst()
  }

  private func refuseUnknownOptions() throws {
    guard let option = words.first(where: { $0.hasPrefix("--") }) else { return }
    let name = String(option.prefix { $0 != "=" })
    throw usage("unknown option '\(name)'", cure: Suggestion.cure(for: name, among: known))
  }

  /// Call last.
  func finish() throws {
    try refuseUnknownOptions()
    guard let word = words.first else { return }
    throw usage("unexpected '\(word)'")
  }
}

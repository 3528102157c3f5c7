internal import PolyaCore

/// The arguments of a command, parsed by its declared options. Unknown and unused arguments are errors.
struct Arguments {
  private let verb: String
  private let declarations: [OptionDeclaration]
  /// The values of each given option; a flag has an empty string.
  private var given: [String: [String]] = [:]
  private var operands: [String] = []
  private var read: Set<String> = []

  init(_ words: [String], of verb: any Verb.Type) throws {
    self.verb = verb.name
    declarations = verb.declarations
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      try add(word, &rest)
    }
  }

  private mutating func add(_ word: String, _ rest: inout ArraySlice<String>) throws {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    guard let option = declarations.first(where: { $0.name == name }) else {
      let known = declarations.filter { !$0.isHidden }.map(\.name)
      throw usage("unknown option '\(name)'", hint: Suggestion.hint(for: name, among: known))
    }
    if option.placeholder == nil {
      guard parts.count == 1 else { throw usage("\(name) takes no value") }
      given[name] = [""]
      return
    }
    guard given[name] == nil || option.repeats else { throw usage("\(name) is given more than once") }
    if parts.count > 1 {
      given[name, default: []].append(parts[1])
      return
    }
    guard let next = rest.first, !declarations.contains(where: { $0.name == next }) else {
      throw usage("\(name) needs a value: \(option.shown)")
    }
    given[name, default: []].append(rest.removeFirst())
  }

  private func usage(_ message: String, hint: String? = nil) -> PolyaError {
    PolyaError(.configuration, message, at: "polya \(verb)", hint: hint ?? "see polya help \(verb)")
  }

  /// Returns the value of an option; throws if it is invalid.
  mutating func read<Value>(_ option: Option<Value>) throws -> Value {
    let name = option.declaration.name
    let texts = try values(name)
    guard let value = option.value(texts) else {
      let text = texts.first ?? ""
      let near = Suggestion.nearest(to: text, among: option.declaration.choices)
      throw usage(
        "\(name) must be \(option.wanted), not '\(text)'", hint: near.map { "did you mean '\($0)'?" })
    }
    return value
  }

  /// Returns all values of a repeatable option.
  mutating func values(_ name: String) throws -> [String] {
    read.insert(name)
    return given[name] ?? []
  }

  /// Returns the value of an option, or nil if it is not given.
  mutating func value(_ name: String) throws -> String? { try values(name).first }

  /// Returns an integer of at least `least`, or nil if the option is not given.
  mutating func integer(_ name: String, atLeast least: Int = 1) throws -> Int? {
    try read(Option<Int?>(name, "N", "", in: Integers(least: least, most: .max)))
  }

  /// Returns a number, or nil if the option is not given.
  mutating func real(_ name: String) throws -> Double? {
    try value(name).map { text in
      guard let number = Double(text), number.isFinite else {
        throw usage("\(name) must be a number, not '\(text)'")
      }
      return number
    }
  }

  /// Returns whether a flag is given.
  mutating func flag(_ name: String) -> Bool {
    read.insert(name)
    return given[name] != nil
  }

  /// Returns the next operand; throws if there is none. `what` names it in the error.
  mutating func positional(_ what: String) throws -> String {
    guard let word = try optionalPositional() else { throw usage("\(what) is missing") }
    return word
  }

  /// Returns the next operand, or nil if there is none.
  mutating func optionalPositional() throws -> String? {
    operands.isEmpty ? nil : operands.removeFirst()
  }

  /// Refuses arguments that were not used. Call this after all arguments were read.
  func finish() throws {
    if let word = operands.first { throw usage("unexpected '\(word)'") }
    let unread = given.keys.filter { !read.contains($0) && $0 != CommonOptions.json.declaration.name }
    if let name = unread.min() { throw usage("\(name) has no effect with the other arguments") }
    if let name = read.subtracting(declarations.map(\.name)).min() {
      throw PolyaError(.run, "reads the undeclared option \(name)", at: "polya \(verb)")
    }
  }
}

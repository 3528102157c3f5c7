internal import PolyaCore

/// What is declared of an option: enough to read it, to explain it and to complete it.
struct OptionDeclaration: Sendable {
  /// "--samples".
  var name: String
  /// What the help writes for the value, such as "N"; nil: a flag, which has none.
  var placeholder: String?
  /// One line.
  var help: String
  /// What the help says stands in when it is not given; nil: nothing.
  var standard: String?
  /// Whether it may be given more than once.
  var repeats = false
  /// The values it may have; empty: any.
  var choices: [String] = []
  /// Only for the program itself.
  var isHidden = false

  /// As the help writes it.
  var shown: String { placeholder.map { "\(name) \($0)" } ?? name }
}

/// An option, whatever the type of its value.
protocol DeclaredOption: Sendable {
  var declaration: OptionDeclaration { get }
}

/// An option of a command, declared once: ``Arguments`` reads it, ``Help`` explains it, ``Completions`` offers it.
struct Option<Value: Sendable>: DeclaredOption {
  let declaration: OptionDeclaration
  /// The value of what was given; nil when it is not what the option wants.
  let value: @Sendable ([String]) -> Value?
  /// What the option wants: "an integer of at least 1".
  let wanted: String
}

extension Option where Value == Bool {
  /// A flag.
  init(_ name: String, _ help: String, isHidden: Bool = false) {
    declaration = OptionDeclaration(name: name, help: help, isHidden: isHidden)
    (value, wanted) = ({ !$0.isEmpty }, "alone")
  }
}

extension Option where Value == String? {
  /// A text, or one of a few words; `standard` says what happens without it.
  init(_ name: String, _ placeholder: String, _ help: String, standard: String? = nil, choices: [String] = [])
  {
    declaration = OptionDeclaration(
      name: name, placeholder: placeholder, help: help, standard: standard, choices: choices)
    value = { texts in
      guard let text = texts.first else { return .some(nil) }
      return choices.isEmpty || choices.contains(text) ? .some(text) : nil
    }
    wanted = choices.count > 1 ? "one of \(choices.joined(separator: ", "))" : "\(placeholder)"
  }
}

extension Option where Value == [String] {
  /// Texts, one each time it is given.
  init(_ name: String, _ placeholder: String, _ help: String) {
    declaration = OptionDeclaration(name: name, placeholder: placeholder, help: help, repeats: true)
    (value, wanted) = ({ $0 }, "a string")
  }
}

/// What an integer may be; up to 2^53 nothing that is counted overflows.
struct Integers: Sendable {
  var least = 1
  var most = 1 << 53

  var words: String {
    switch most {
    case .max: "an integer of at least \(least)"
    case 1 << 53: "an integer from \(least) to 2^53"
    default: "an integer from \(least) to \(most)"
    }
  }

  func number(_ text: String) -> Int? { Int(text).flatMap { (least...most).contains($0) ? $0 : nil } }
}

extension Option where Value == Int {
  /// An integer that is always there.
  init(
    _ name: String, _ placeholder: String = "N", _ help: String, default standard: Int,
    in range: Integers = .init()
  ) {
    declaration = OptionDeclaration(
      name: name, placeholder: placeholder, help: help, standard: String(standard))
    value = { texts in texts.first.map { range.number($0) } ?? standard }
    wanted = range.words
  }
}

extension Option where Value == Int? {
  /// An integer.
  init(
    _ name: String, _ placeholder: String = "N", _ help: String, standard: String? = nil,
    in range: Integers = .init()
  ) {
    declaration = OptionDeclaration(name: name, placeholder: placeholder, help: help, standard: standard)
    value = { texts in
      guard let text = texts.first else { return .some(nil) }
      return range.number(text).map { .some($0) }
    }
    wanted = range.words
  }
}

extension Option where Value == Double {
  /// A number that is always there.
  init(_ name: String, _ placeholder: String, _ help: String, default standard: Double) {
    declaration = OptionDeclaration(
      name: name, placeholder: placeholder, help: help,
      standard: standard == standard.rounded() ? String(Int(standard)) : String(standard))
    value = { texts in (texts.first.map { Double($0) } ?? standard).flatMap { $0.isFinite ? $0 : nil } }
    wanted = "a number"
  }
}

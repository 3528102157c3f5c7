internal import PolyaCore
internal import PolyaPipeline

/// The declaration of an option: enough to parse, explain, and complete it.
struct OptionDeclaration: Sendable {
  /// The name, such as "--samples".
  var name: String
  /// The name of the value in the help, such as "N"; nil for a flag.
  var placeholder: String?
  /// One line that explains the option.
  var help: String
  /// The default as the help states it; nil if there is none.
  var standard: String?
  /// Whether it may be given more than once.
  var repeats = false
  /// The allowed values; empty if any are allowed.
  var choices: [String] = []
  /// Whether it is for internal use and left out of the help.
  var isHidden = false

  /// The option as it appears in the help.
  var shown: String { placeholder.map { "\(name) \($0)" } ?? name }
}

/// An option with its value type erased.
protocol DeclaredOption: Sendable {
  var declaration: OptionDeclaration { get }
}

/// An option of a command, declared once: ``Arguments`` parses it, ``Help`` explains it, and ``Completions``
/// offers it.
struct Option<Value: Sendable>: DeclaredOption {
  let declaration: OptionDeclaration
  /// Converts the given strings; returns nil if they are invalid.
  let value: @Sendable ([String]) -> Value?
  /// What the option accepts, such as "an integer of at least 1".
  let wanted: String
}

extension Option where Value == Bool {
  /// Declares a flag.
  init(_ name: String, _ help: String, isHidden: Bool = false) {
    declaration = OptionDeclaration(name: name, help: help, isHidden: isHidden)
    (value, wanted) = ({ !$0.isEmpty }, "alone")
  }
}

extension Option where Value == String? {
  /// Declares an optional text or one of a few words. `standard` says what happens without it.
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
  /// Declares a repeatable text.
  init(_ name: String, _ placeholder: String, _ help: String) {
    declaration = OptionDeclaration(name: name, placeholder: placeholder, help: help, repeats: true)
    (value, wanted) = ({ $0 }, "a string")
  }
}

/// A range of integers. By default it ends at 2^53, so that sums of counts cannot overflow.
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
  /// Declares an integer with a default.
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
  /// Declares an optional integer.
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

extension Option where Value == ShardShare? {
  /// Declares an optional share of a stage's shards.
  init(_ name: String, _ placeholder: String, _ help: String, standard: String) {
    declaration = OptionDeclaration(name: name, placeholder: placeholder, help: help, standard: standard)
    value = { texts in
      guard let text = texts.first else { return .some(nil) }
      return ShardShare(text).map { .some($0) }
    }
    wanted = "I/N with 1 <= I <= N <= \(ShardShare.most), such as 2/8"
  }
}

extension Option where Value == Double {
  /// Declares a number with a default.
  init(_ name: String, _ placeholder: String, _ help: String, default standard: Double) {
    declaration = OptionDeclaration(
      name: name, placeholder: placeholder, help: help,
      standard: standard == standard.rounded() ? String(Int(standard)) : String(standard))
    value = { texts in (texts.first.map { Double($0) } ?? standard).flatMap { $0.isFinite ? $0 : nil } }
    wanted = "a number"
  }
}

extension Option where Value == Double? {
  /// Declares an optional number.
  init(_ name: String, _ placeholder: String, _ help: String) {
    declaration = OptionDeclaration(name: name, placeholder: placeholder, help: help)
    value = { texts in
      guard let text = texts.first else { return .some(nil) }
      return Double(text).flatMap { $0.isFinite ? .some($0) : nil }
    }
    wanted = "a number"
  }
}

internal import Glibc
internal import PolyaCore

/// The value of an option after the check against its descriptor.
enum CheckedOption {
  case absent
  case integer(Int64)
  case real(Double)
  case text(String)
  case choice(Int, String)
  case list([CheckedOption])

  /// All texts in the value.
  var texts: [String] {
    switch self {
    case .text(let text): [text]
    case .list(let values): values.flatMap(\.texts)
    default: []
    }
  }

  /// Returns the value with its texts changed.
  func mapped(_ change: (String) -> String) -> CheckedOption {
    switch self {
    case .text(let text): .text(change(text))
    case .list(let values): .list(values.map { $0.mapped(change) })
    default: self
    }
  }
}

/// Checks a manifest's options against a plugin's descriptors and fills in the defaults.
struct OptionCheck {
  let plugin: String
  let place: String
  let folder: String

  /// The result of a check.
  struct Outcome {
    var values: [CheckedOption] = []
    var problems: [PolyaError] = []

    /// Returns one value per descriptor, in their order.
    ///
    /// - Throws: The first problem.
    func checked() throws -> [CheckedOption] {
      if let problem = problems.first { throw problem }
      return values
    }
  }

  /// Checks all options and collects all problems.
  func check(_ given: JSON.Members, against options: [OptionDescription]) throws -> Outcome {
    var outcome = Outcome()
    let known = options.map(\.key)
    for (key, _) in given where !known.contains(key) {
      outcome.problems.append(
        PolyaError(
          .configuration, "'\(plugin)' has no option '\(key)'", at: place,
          hint: Suggestion.hint(for: key, among: known)))
    }
    for option in options {
      do { outcome.values.append(try value(of: option, given)) } catch let error as PolyaError {
        outcome.problems.append(error)
        outcome.values.append(.absent)
      }
    }
    return outcome
  }

  private func value(of option: OptionDescription, _ given: JSON.Members) throws -> CheckedOption {
    guard let value = given[option.key] ?? option.defaultValue else {
      guard !option.isRequired else {
        throw PolyaError(
          .configuration, "the option '\(option.key)' is missing", at: place,
          hint: "\(option.help) It must be \(option.typeName)")
      }
      return .absent
    }
    guard option.isList else { return try check(value, option) }
    // A list of one may be written without brackets.
    let values = value.array ?? [value]
    return .list(try values.map { try check($0, option) })
  }

  private func wrong(_ value: JSON, _ option: OptionDescription) -> PolyaError {
    PolyaError(
      .configuration, "the option '\(option.key)' must be \(option.typeName), not \(value.shown)", at: place)
  }

  private func check(_ value: JSON, _ option: OptionDescription) throws -> CheckedOption {
    switch option.kind {
    case .bool:
      guard let bool = value.bool else { throw wrong(value, option) }
      return .integer(bool ? 1 : 0)
    case .integer(let range):
      guard let integer = value.integer, range.contains(integer) else { throw wrong(value, option) }
      return .integer(integer)
    case .real(let range):
      guard let real = value.real, range.contains(real) else { throw wrong(value, option) }
      return .real(real)
    case .choice(let choices):
      guard let text = value.string, let index = choices.firstIndex(where: { $0.value == text }) else {
        throw wrong(value, option)
      }
      return .choice(index, text)
    case .text, .model:
      guard let text = value.string else { throw wrong(value, option) }
      return .text(text)
    case .path:
      guard let text = value.string, !text.isEmpty else { throw wrong(value, option) }
      return .text(Folder.resolve(text, in: folder))
    case .bytes:
      guard let size = value.integer ?? value.string.flatMap(Self.size), size >= 0 else {
        throw wrong(value, option)
      }
      return .integer(size)
    case .seconds:
      guard let seconds = value.real ?? value.string.flatMap(Self.seconds), seconds >= 0 else {
        throw wrong(value, option)
      }
      return .real(seconds)
    case .secret:
      guard let text = value.string else { throw wrong(value, option) }
      return .text(try secret(text, option))
    case .json: return .text(value.compact)
    }
  }

  private func secret(_ text: String, _ option: OptionDescription) throws -> String {
    if text.hasPrefix("env:") {
      guard let value = getenv(String(text.dropFirst(4))) else {
        throw PolyaError(
          .configuration, "the option '\(option.key)' requires the environment variable \(text.dropFirst(4))",
          at: place,
          hint: "set it, or use 'file:PATH'")
      }
      return String(cString: value)
    }
    if text.hasPrefix("file:") {
      let path = String(text.dropFirst(5))
      let bytes = try FileBytes.read(Folder.resolve(path, in: folder))
      return String(decoding: bytes, as: UTF8.self).trimmingSuffix { $0.isNewline }
    }
    throw PolyaError(
      .configuration, "the option '\(option.key)' contains the secret itself", at: place,
      hint: "use 'env:NAME' or 'file:PATH', since manifests are stored")
  }

  private static func number(_ text: String, units: [(String, Double)]) -> Double? {
    for (unit, factor) in units where text.hasSuffix(unit) {
      let digits = text.dropLast(unit.count).trimmingSuffix { $0 == " " }
      return Double(digits).map { $0 * factor }
    }
    return Double(text)
  }

  private static func size(_ text: String) -> Int64? {
    number(text, units: [("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]).flatMap {
      Int64(exactly: $0)
    }
  }

  private static func seconds(_ text: String) -> Double? {
    number(text, units: [("ms", 0.001), ("min", 60), ("h", 3600), ("s", 1)])
  }
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
    String(self[..<(lastIndex { !predicate($0) }.map { index(after: $0) } ?? startIndex)])
  }
}

internal import TransformerFiles

/// Python's two ways to put values into a text.
struct TemplateFormat {
  private let evaluator: TemplateEvaluator

  init(_ evaluator: TemplateEvaluator) { self.evaluator = evaluator }

  /// `text % values`; values with names stand for a dictionary.
  func percents(_ format: String, _ values: TemplateCallArguments) throws -> String {
    var rest = Array(format.unicodeScalars)[...]
    var unused = values.positional[...]
    var result = ""
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let field = try Field(&rest)
      guard field.letter != "%" else {
        result += "%"
        continue
      }
      let value: TemplateValue
      if let name = field.name {
        guard let named = values.named.first(where: { $0.name == name })?.value else {
          throw TemplateProblem(.badArgument, "there is no value for '%(\(name))'")
        }
        value = named
        unused = []
      } else {
        guard let next = unused.popFirst() else {
          throw TemplateProblem(.badArgument, "there are not enough values for the format")
        }
        value = next
      }
      result += try field.padded(text(field, value.unmarked))
      try evaluator.charge(textBytes: result.utf8.count)
    }
    guard unused.isEmpty || !values.named.isEmpty else {
      throw TemplateProblem(.badArgument, "not all values are used by the format")
    }
    return result
  }

  private func text(_ field: Field, _ value: TemplateValue) throws -> String {
    switch field.letter {
    case "s":
      let text = try value.isUndefined ? "" : evaluator.printed(value)
      return field.precision.map { String(scalars: text.unicodeScalars.prefix($0)) } ?? text
    case "d", "i", "x", "X":
      guard let number = value.number, field.precision == nil,
        let integer = value.integer ?? (field.takesFloats ? Int(exactly: number.rounded(.towardZero)) : nil)
      else { throw TemplateProblem(.badArgument, "'%\(field.letter)' does not apply to \(value.kind)") }
      let digits = String(
        integer.magnitude, radix: field.takesFloats ? 10 : 16, uppercase: field.letter == "X")
      return (integer < 0 ? "-" : field.hasPlus ? "+" : "") + digits
    default:
      guard let number = value.number, number.isFinite else {
        throw TemplateProblem(.badArgument, "'%f' does not apply to \(value.kind)")
      }
      try evaluator.charge(DecimalDigits.steps(number))
      let text = DecimalDigits(number).rounded(to: field.precision ?? 6).text
      return (field.hasPlus && number.sign == .plus ? "+" : "") + text
    }
  }

  /// `%(name)-5.2f`.
  private struct Field {
    var name: String?
    var letter: Unicode.Scalar = "%"
    var precision: Int?
    var hasPlus = false
    private var width = 0
    private var isLeft = false
    private var hasZeros = false

    var takesFloats: Bool { letter == "d" || letter == "i" }

    /// Reads what follows the percent sign.
    init(_ rest: inout ArraySlice<Unicode.Scalar>) throws {
      if rest.first == "(" {
        guard let end = rest.firstIndex(of: ")") else {
          throw TemplateProblem(.badArgument, "a format has '%(' without ')'")
        }
        name = String(scalars: rest[(rest.startIndex + 1)..<end])
        rest = rest[(end + 1)...]
      }
      flags: while let flag = rest.first {
        switch flag {
        case "-": isLeft = true
        case "0": hasZeros = true
        case "+": hasPlus = true
        default: break flags
        }
        rest.removeFirst()
      }
      width = try Self.number(&rest) ?? 0
      if rest.first == "." {
        rest.removeFirst()
        precision = try Self.number(&rest) ?? 0
      }
      guard let letter = rest.popFirst(), "sdifxX%".unicodeScalars.contains(letter) else {
        throw TemplateProblem(.unsupported, "a format other than '%s', '%d', '%f' and '%x' is not supported")
      }
      self.letter = letter
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> Int? {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      guard !digits.isEmpty else { return nil }
      rest = rest[digits.endIndex...]
      guard let number = Int(String(scalars: digits)), number <= 1000 else {
        throw TemplateProblem(.limit, "a format is wider than 1000")
      }
      return number
    }

    func padded(_ text: String) -> String {
      let missing = max(0, width - text.unicodeScalars.count)
      if isLeft { return text + String(repeating: " ", count: missing) }
      guard hasZeros, letter != "s" else { return String(repeating: " ", count: missing) + text }
      let sign = text.prefix { $0 == "-" || $0 == "+" }
      return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }
  }

  /// `text.format(values)`, for fields that are empty, numbers or names.
  func braces(_ format: String, _ values: TemplateCallArguments) throws -> String {
    var rest = Array(format.unicodeScalars)[...]
    var result = ""
    var count = 0
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        result.unicodeScalars.append(scalar)
      } else if scalar == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          throw TemplateProblem(.badArgument, "a format has '{' without '}'")
        }
        let name = String(scalars: rest[..<end])
        rest = rest[(end + 1)...]
        result += try evaluator.printed(value(name, values, &count))
        try evaluator.charge(textBytes: result.utf8.count)
      } else if scalar == "}" {
        throw TemplateProblem(.badArgument, "a format has '}' without '{'")
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private func value(_ name: String, _ values: TemplateCallArguments, _ count: inout Int) throws
    -> TemplateValue
  {
    guard
      name.unicodeScalars.allSatisfy({ $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) })
    else {
      throw TemplateProblem(.unsupported, "the field '{\(name)}' of the method 'format' is not supported")
    }
    let index = name.isEmpty ? count : Int(name)
    if name.isEmpty { count += 1 }
    if let index, values.positional.indices.contains(index) { return values.positional[index].unmarked }
    guard index == nil, let named = values.named.first(where: { $0.name == name })?.value else {
      throw TemplateProblem(.badArgument, "there is no value for the field '{\(name)}'")
    }
    return named.unmarked
  }
}

internal import Glibc
internal import TransformerFiles

/// A number in decimal digits, exactly.
struct DecimalDigits {
  private let isNegative: Bool
  /// Most significant first.
  private var digits: [UInt8]
  /// How many of the digits stand before the point; not negative.
  private var whole: Int

  /// What it takes to find the digits, in steps of an evaluator.
  static func steps(_ value: Double) -> Int {
    let exponent = value == 0 ? 0 : Int(value.exponent)
    return 500 + exponent * exponent / 40
  }

  /// - Parameter value: finite.
  init(_ value: Double) {
    isNegative = value.sign == .minus
    let exponent = value == 0 ? 0 : Int(value.exponent) - 52
    var mantissa =
      value == 0 ? 0 : UInt64(Double(sign: .plus, exponent: 52, significand: value.significand.magnitude))
    var digits: [UInt8] = []
    while mantissa > 0 {
      digits.append(UInt8(mantissa % 10))
      mantissa /= 10
    }
    if digits.isEmpty { digits = [0] }
    digits.reverse()
    whole = digits.count
    self.digits = digits
    for _ in 0..<max(0, exponent) { double() }
    for _ in 0..<max(0, -exponent) { halve() }
  }

  private mutating func double() {
    var carry: UInt8 = 0
    for place in digits.indices.reversed() {
      let twice = digits[place] * 2 + carry
      digits[place] = twice % 10
      carry = twice / 10
    }
    if carry > 0 {
      digits.insert(carry, at: 0)
      whole += 1
    }
  }

  private mutating func halve() {
    var rest: UInt8 = 0
    for place in digits.indices {
      let value = rest * 10 + digits[place]
      digits[place] = value / 2
      rest = value % 2
    }
    if rest > 0 { digits.append(5) }
  }

  /// Keeps so many digits after the point, or of the whole number when negative; a tie goes to the even digit.
  func rounded(to places: Int) -> DecimalDigits {
    var result = self
    let kept = whole + places
    guard kept < digits.count else {
      result.digits += Array(repeating: 0, count: kept - digits.count)
      return result
    }
    guard kept >= 0 else {
      result.digits = Array(repeating: 0, count: max(1, whole))
      result.whole = result.digits.count
      return result
    }
    let rest = digits[kept...]
    let isOdd = kept > 0 && digits[kept - 1] % 2 == 1
    let goesUp = rest[kept] > 5 || (rest[kept] == 5 && (isOdd || rest.dropFirst().contains { $0 > 0 }))
    result.digits = Array(digits[..<kept])
    if goesUp { result.increment() }
    if places < 0 { result.digits += Array(repeating: 0, count: -places) }
    return result
  }

  private mutating func increment() {
    for place in digits.indices.reversed() {
      if digits[place] < 9 {
        digits[place] += 1
        return
      }
      digits[place] = 0
    }
    digits.insert(1, at: 0)
    whole += 1
  }

  /// As Python prints with `%.nf`.
  var text: String {
    func string(_ digits: ArraySlice<UInt8>) -> String { digits.map { String($0) }.joined() }
    let leading = digits[..<min(whole, digits.count)].drop { $0 == 0 }
    let before = leading.isEmpty ? "0" : string(leading)
    return (isNegative ? "-" : "") + before + (whole < digits.count ? "." + string(digits[whole...]) : "")
  }
}

extension TemplateEvaluator {
  /// Jinja's `round`: as Python's `round`, or up or down.
  func rounded(_ value: TemplateValue, _ arguments: TemplateCallArguments) throws -> TemplateValue {
    let given = try arguments.bound(to: ["precision", "method"], of: "round")
    let method = try given[1].map { try string($0) } ?? "common"
    guard ["common", "ceil", "floor"].contains(method), let number = value.number, number.isFinite,
      let precision = given[0].map(\.integer) ?? 0, precision.magnitude <= 400
    else {
      throw TemplateProblem(.badArgument, "'round' needs a number, a precision, and common, ceil or floor")
    }
    try charge(DecimalDigits.steps(number))
    if method == "common" {
      guard let integer = value.integer else {
        return .float(Double(DecimalDigits(number).rounded(to: precision).text) ?? number)
      }
      guard precision < 0 else { return .int(integer) }
      guard integer.magnitude < 1 << 53, let exact = Int(DecimalDigits(number).rounded(to: precision).text)
      else {
        throw TemplateProblem(.limit, "'round' of an integer over 2^53 is not supported")
      }
      return .int(exact)
    }
    let scale = pow(10, Double(precision))
    let moved = method == "ceil" ? (number * scale).rounded(.up) : (number * scale).rounded(.down)
    guard (moved / scale).isFinite else {
      throw TemplateProblem(.badArgument, "'round' of \(number) has no finite value")
    }
    return .float(moved / scale)
  }
}

/// A set of characters, as a regular expression writes it: `[^\s\p{L}a-z]`.
struct ScalarSet: Equatable {
  private var ranges: [ClosedRange<UInt32>] = []
  /// One bit for each general category.
  private var categories: UInt32 = 0
  private var hasSpaces = false
  private var hasOthersThanSpaces = false
  private var isNegated = false
  /// The answers for ASCII.
  private var ascii = [Bool](repeating: false, count: 128)

  /// The same set, ready to be asked.
  func finished(negated: Bool) -> ScalarSet {
    var set = self
    set.isNegated = negated
    for code in UInt8(0)..<128 { set.ascii[Int(code)] = set.find(Unicode.Scalar(code)) }
    return set
  }

  mutating func insert(_ range: ClosedRange<Unicode.Scalar>) {
    ranges.append(range.lowerBound.value...range.upperBound.value)
  }

  mutating func insertSpaces(negated: Bool) {
    if negated { hasOthersThanSpaces = true } else { hasSpaces = true }
  }

  /// `\p{name}`; false when there is no such general category.
  mutating func insertCategory(_ name: String, negated: Bool) -> Bool {
    let mask = Self.categoryNames.enumerated().reduce(UInt32(0)) { mask, item in
      item.element.hasPrefix(name) ? mask | 1 << UInt32(item.offset) : mask
    }
    guard mask != 0 else { return false }
    categories |= negated ? ~mask : mask
    return true
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? ascii[Int(scalar.value)] : find(scalar)
  }

  private func find(_ scalar: Unicode.Scalar) -> Bool {
    isIn(scalar) != isNegated
  }

  private func isIn(_ scalar: Unicode.Scalar) -> Bool {
    if categories != 0, categories >> UInt32(Self.category(scalar)) & 1 != 0 { return true }
    if hasSpaces || hasOthersThanSpaces {
      if scalar.properties.isWhitespace ? hasSpaces : hasOthersThanSpaces { return true }
    }
    return ranges.contains { $0.contains(scalar.value) }
  }

  private static let categoryNames = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
    "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  private static let firstPlane: [UInt8] = (0..<0x10000).map { (code: UInt32) in
    Unicode.Scalar(code).map(lookUp) ?? 27
  }

  private static func category(_ scalar: Unicode.Scalar) -> UInt8 {
    scalar.value < 0x10000 ? firstPlane[Int(scalar.value)] : lookUp(scalar)
  }

  /// The place of a character's category in the list of names.
  private static func lookUp(_ scalar: Unicode.Scalar) -> UInt8 {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}

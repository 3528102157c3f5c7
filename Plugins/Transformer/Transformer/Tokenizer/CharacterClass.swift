/// What the pre-tokenisers' patterns ask of a character: `\p{L}`, `\p{N}`, `\s`, or none of them.
enum CharacterClass: UInt8 {
  case other, letter, number, space

  init(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      self = Self.ascii[Int(scalar.value)]
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = scalar.properties.isWhitespace ? .space : .other
    }
  }

  private static let ascii: [CharacterClass] = (0..<128).map { (code: UInt8) in
    switch code {
    case 65...90, 97...122: .letter
    case 48...57: .number
    case 9...13, 32: .space
    default: .other
    }
  }
}

/// A text as scalars with their classes; pieces of it are ranges.
struct ClassifiedText {
  let scalars: [Unicode.Scalar]
  let classes: [CharacterClass]

  init(_ scalars: some Sequence<Unicode.Scalar>) {
    self.scalars = Array(scalars)
    classes = self.scalars.map(CharacterClass.init)
  }

  func runEnd(of kind: CharacterClass, from start: Int, to end: Int) -> Int {
    var at = start
    while at < end, classes[at] == kind { at += 1 }
    return at
  }
}

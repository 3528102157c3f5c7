/// What the pre-tokenizers' patterns ask of a character: `\p{L}`, `\p{N}`, `\s`, or none of them.
enum CharacterClass: UInt8 {
  case other, letter, number, space

  init(_ scalar: Unicode.Scalar) {
    self = scalar.value < 0x10000 ? Self.firstPlane[Int(scalar.value)] : Self.lookUp(scalar)
  }

  private static func lookUp(_ scalar: Unicode.Scalar) -> CharacterClass {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
    case .decimalNumber, .letterNumber, .otherNumber: .number
    default: scalar.properties.isWhitespace ? .space : .other
    }
  }

  private static let firstPlane: [CharacterClass] = (0..<0x10000).map { (code: UInt32) in
    Unicode.Scalar(code).map(lookUp) ?? .other
  }

  /// The classes of ASCII.
  static let ascii: [CharacterClass] = (0..<128).map { (code: UInt8) in lookUp(Unicode.Scalar(code)) }
}

extension Unicode.Scalar {
  /// `\w` of the expressions that find whole words.
  var isWordCharacter: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: properties.isAlphabetic || properties.isJoinControl
    }
  }
}

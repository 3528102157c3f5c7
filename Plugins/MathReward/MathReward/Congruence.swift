internal import AnswerText

/// `x \equiv 3 \pmod 7`.
struct Congruence: Equatable, Sendable {
  let residue: Int
  let modulus: Int

  func isSame(as other: Congruence) -> Bool {
    modulus == other.modulus && (residue - other.residue) % modulus == 0
  }

  /// `surface`: a part of a `MathSurface`. A bare `10 \bmod 7` is a number and none of these.
  init?(surface: ArraySlice<UInt8>) {
    guard surface.count <= 100, let (mark, end) = Self.mark(surface) else { return nil }
    let left = surface[..<mark].trimming { $0.isSpace || $0 == UInt8(ascii: "(") || $0 == MathSurface.quote }
    let equals = left.firstRange(ofText: "\\equiv\u{1}")
    let isCongruence = equals != nil || surface.hasText("\\pmod\u{1}", at: mark) || left.endIndex < mark
    let value = equals.map { left[$0.upperBound...] } ?? left
    guard isCongruence, let residue = Self.integer(value), let modulus = Self.integer(surface[end...]),
      modulus > 0
    else { return nil }
    (self.residue, self.modulus) = (residue, modulus)
  }

  private static func mark(_ text: ArraySlice<UInt8>) -> (start: Int, end: Int)? {
    for word in ["\\pmod\u{1}", "\\bmod\u{1}", "\\mod\u{1}", "\"mod\"", "\"mod \"", "mod "] as [StaticString]
    {
      if let place = text.firstRange(ofText: word) { return (place.lowerBound, place.upperBound) }
    }
    return nil
  }

  private static func integer(_ text: ArraySlice<UInt8>) -> Int? {
    let digits = text.filter { !$0.isSpace && !"{}()\"".utf8.contains($0) }
    return digits.count > 15 ? nil : Int(String(decoding: digits, as: UTF8.self))
  }
}

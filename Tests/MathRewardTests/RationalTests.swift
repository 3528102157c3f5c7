import Testing

@testable import MathReward

struct RationalTests {
  private func number(_ text: String) -> BigUInt { BigUInt(decimal: Array(text.utf8)) }

  /// The products were computed with Python's integers.
  @Test func multipliesBeyondOneLimb() {
    #expect(
      number("18446744073709551615") * number("18446744073709551615")
        == number("340282366920938463426481119284349108225"))
    #expect(
      number("123456789012345678901234567890") * number("987654321098765432109876543210")
        == number("121932631137021795226185032733622923332237463801111263526900"))
    #expect((number("123456789012345678901234567890") * BigUInt(0)).isZero)
  }

  @Test func addsWithCarry() {
    #expect(
      number("340282366920938463463374607431768211455") + BigUInt(1)
        == number("340282366920938463463374607431768211456"))
    #expect(BigUInt(1) + number("18446744073709551615") == number("18446744073709551616"))
  }

  @Test func powersOfTenAreTheirDigits() {
    for exponent in [0, 1, 18, 19, 20, 38, 57, 200] {
      #expect(BigUInt.powerOfTen(exponent) == number("1" + String(repeating: "0", count: exponent)))
    }
  }

  @Test func equalityIgnoresCommonFactorsAndTheSignOfZero() {
    #expect(Rational(BigUInt(6), over: BigUInt(4)) == Rational(BigUInt(3), over: BigUInt(2)))
    #expect(-Rational(BigUInt(0)) == Rational(BigUInt(0)))
    #expect(-Rational(BigUInt(1)) != Rational(BigUInt(1)))
    #expect(Rational(BigUInt(1)) / Rational(BigUInt(0)) == nil)
    #expect(
      Rational(decimal: "12".utf8, fraction: Array("50".utf8)[...], exponent: 1) == Rational(BigUInt(125)))
  }
}

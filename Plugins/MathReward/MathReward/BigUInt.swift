/// A natural number of any size: just what comparing two rationals exactly needs.
///
/// Multiplication is by hand (quadratic); callers bound the digits that get here (`AnswerLimits`).
struct BigUInt: Hashable, Sendable {
  /// Base 2^64, least significant first, no leading zero limb; zero is empty.
  private var limbs: [UInt]

  init(_ value: UInt) { limbs = value == 0 ? [] : [value] }

  /// The number whose decimal digits are the ASCII bytes `digits`; no digits are zero.
  init(decimal digits: some Sequence<UInt8>) {
    limbs = []
    var chunk: UInt = 0
    var scale: UInt = 1
    for byte in digits {
      precondition(byte.isDigit, "not a decimal digit")
      chunk = chunk * 10 + UInt(byte - 0x30)
      scale *= 10
      if scale == Self.chunkScale {
        multiply(by: scale, adding: chunk)
        (chunk, scale) = (0, 1)
      }
    }
    if scale > 1 { multiply(by: scale, adding: chunk) }
  }

  var isZero: Bool { limbs.isEmpty }

  /// The number, when 127 bits hold it.
  var int128: Int128? {
    guard limbs.count <= 2 else { return nil }
    let value = limbs.reversed().reduce(UInt128(0)) { $0 << 64 | UInt128($1) }
    return Int128(exactly: value)
  }

  var isOne: Bool { limbs == [1] }

  /// At least as many decimal digits as its limbs are full of; 0 below 2^64.
  var digits: Int { max(0, limbs.count - 1) * Self.chunkDigits }

  static func powerOfTen(_ exponent: Int) -> BigUInt {
    var result = BigUInt(1)
    var left = exponent
    while left >= chunkDigits {
      result.multiply(by: chunkScale, adding: 0)
      left -= chunkDigits
    }
    for _ in 0..<left { result.multiply(by: 10, adding: 0) }
    return result
  }

  static func * (left: BigUInt, right: BigUInt) -> BigUInt {
    if left.isOne { return right }
    if right.isOne { return left }
    guard !left.isZero, !right.isZero else { return BigUInt(0) }
    var product = [UInt](repeating: 0, count: left.limbs.count + right.limbs.count)
    for i in left.limbs.indices {
      var carry: UInt = 0
      for j in right.limbs.indices {
        let wide = left.limbs[i].multipliedFullWidth(by: right.limbs[j])
        // (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1: the high word cannot overflow.
        let (withOld, overflow1) = wide.low.addingReportingOverflow(product[i + j])
        let (sum, overflow2) = withOld.addingReportingOverflow(carry)
        product[i + j] = sum
        carry = wide.high + (overflow1 ? 1 : 0) + (overflow2 ? 1 : 0)
      }
      product[i + right.limbs.count] = carry
    }
    if product.last == 0 { product.removeLast() }
    return BigUInt(limbs: product)
  }

  static func + (left: BigUInt, right: BigUInt) -> BigUInt {
    var sum = left.limbs
    var carry: UInt = 0
    for i in 0..<max(left.limbs.count, right.limbs.count) {
      let a = i < left.limbs.count ? left.limbs[i] : 0
      let b = i < right.limbs.count ? right.limbs[i] : 0
      let (partial, overflow1) = a.addingReportingOverflow(b)
      let (total, overflow2) = partial.addingReportingOverflow(carry)
      if i < sum.count { sum[i] = total } else { sum.append(total) }
      carry = (overflow1 ? 1 : 0) + (overflow2 ? 1 : 0)
    }
    if carry > 0 { sum.append(carry) }
    return BigUInt(limbs: sum)
  }

  private init(limbs: [UInt]) { self.limbs = limbs }

  /// 10^19 is the greatest power of ten in one limb.
  private static let chunkDigits = 19
  private static let chunkScale: UInt = 10_000_000_000_000_000_000

  private mutating func multiply(by factor: UInt, adding addend: UInt) {
    var carry = addend
    for i in limbs.indices {
      let wide = limbs[i].multipliedFullWidth(by: factor)
      let (low, overflow) = wide.low.addingReportingOverflow(carry)
      limbs[i] = low
      carry = wide.high + (overflow ? 1 : 0)
    }
    if carry > 0 { limbs.append(carry) }
  }
}

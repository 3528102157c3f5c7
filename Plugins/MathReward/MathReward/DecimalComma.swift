internal import AnswerText

/// Numbers as much of the world writes them: `1000,99`.
enum DecimalComma {
  /// The number with a point; nil where the comma separates thousands or, as in `1,2`, the members of a list.
  ///
  /// - Parameter isUsual: Whether the language is known to write decimals so; then one digit is enough.
  static func decimal(_ text: ArraySlice<UInt8>, isUsual: Bool = false) -> [UInt8]? {
    // A currency sign has two or three bytes.
    let number = text.trimming { $0.isSpace || $0 == UInt8(ascii: "$") || $0 >= 0x80 }
    guard let comma = number.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    var whole = Array(number[..<comma].drop { $0 == UInt8(ascii: "-") })
    let groups = whole.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    // Points between groups of three: 1.234,50.
    if groups.count > 1, (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 }) {
      whole = Array(groups.joined())
    }
    let fraction = number[(comma + 1)...]
    guard !whole.isEmpty, whole.allSatisfy(\.isDigit), fraction.allSatisfy(\.isDigit),
      fraction.count >= (isUsual ? 1 : 2),
      fraction.count != 3 || whole.elementsEqual([0x30])
    else { return nil }
    let sign = number.first == UInt8(ascii: "-") ? [UInt8(ascii: "-")] : []
    return sign + whole + [UInt8(ascii: ".")] + Array(fraction)
  }
}

/// Numbers as much of the world writes them: `1000,99`.
enum DecimalComma {
  /// The number with a point; nil where the comma separates thousands or, as in `1,2`, the members of a list.
  static func decimal(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let number = text.trimming { $0.isSpace || $0 == UInt8(ascii: "$") }
    guard let comma = number.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    let whole = number[..<comma].drop { $0 == UInt8(ascii: "-") }
    let fraction = number[(comma + 1)...]
    guard !whole.isEmpty, whole.allSatisfy(\.isDigit), fraction.allSatisfy(\.isDigit), fraction.count >= 2,
      fraction.count != 3 || whole.elementsEqual([0x30])
    else { return nil }
    return Array(number[..<comma]) + [UInt8(ascii: ".")] + Array(fraction)
  }
}

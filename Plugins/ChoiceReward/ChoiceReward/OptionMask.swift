/// Some of the options of a list, which has 26 at most.
struct OptionMask: OptionSet, Hashable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(option: Int) { rawValue = 1 << UInt32(option) }

  /// From the first of the list on.
  var options: [Int] { (0..<UInt32.bitWidth).filter { rawValue & 1 << UInt32($0) != 0 } }

  /// Whether it names one option and no other.
  var isSingle: Bool { rawValue.nonzeroBitCount == 1 }
}

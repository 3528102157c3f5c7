/// How large the numbers of a question are.
public enum Magnitude: String, CaseIterable, Sendable {
  /// One or two digits: what a language model of a hundred million weights can partly calculate.
  case small
  /// Two to four digits, so that a lucky guess is rare.
  case large

  /// Bounds of all amounts on the way, and of the first amount of a story.
  var amounts: ClosedRange<Int> { self == .small ? 2...30 : 10...1199 }
  var first: ClosedRange<Int> { self == .small ? 3...15 : 100...999 }
  /// A number that is easy to calculate with.
  var round: Int { self == .small ? 5 : 100 }
  /// What a story that began with ``first`` does not fall below.
  var lowest: Int { self == .small ? 2 : 100 }
  /// A single gain or loss.
  var change: ClosedRange<Int> { self == .small ? 2...9 : 11...99 }
  /// Friends who share, and the least and most of a share among so many.
  var friends: ClosedRange<Int> { self == .small ? 2...4 : 2...6 }
  func share(among friends: Int) -> ClosedRange<Int> {
    self == .small ? 2...(20 / friends) : 40...(999 / friends)
  }
  /// The smaller of two unknowns, and their difference.
  var smaller: ClosedRange<Int> { self == .small ? 2...8 : 100...499 }
  var difference: ClosedRange<Int> { self == .small ? 2...4 : 11...99 }
  var boxes: ClosedRange<Int> { self == .small ? 2...5 : 3...9 }
  /// The tens of what is in a box.
  var tens: ClosedRange<Int> { self == .small ? 0...0 : 1...9 }
  var ones: ClosedRange<Int> { self == .small ? 2...6 : 1...9 }
}

/// What pairs of symbols merge into: the rank in the upper half, the id in the lower one.
struct MergeTable {
  private struct Slot {
    var pair: UInt64
    var merge: UInt64
  }

  /// The pair merges into nothing.
  static let none = UInt64.max

  private var slots: [Slot]

  init(_ merges: [(left: Int32, right: Int32, result: Int32)]) {
    var size = 64
    while size * 2 < merges.count * 3 { size *= 2 }
    slots = [Slot](repeating: Slot(pair: Self.none, merge: Self.none), count: size)
    // The last of equal merges counts, as in the reference implementation.
    for (rank, merge) in merges.enumerated() {
      let pair = Self.pair(merge.left, merge.right)
      let at = place(of: pair)
      slots[at] = Slot(pair: pair, merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.result)))
    }
  }

  static func result(_ merge: UInt64) -> Int32 { Int32(truncatingIfNeeded: merge) }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// The slot of a pair, or the free one where it would be.
  private func place(of pair: UInt64) -> Int {
    let mask = slots.count - 1
    let hash = (pair ^ (pair >> 29)) &* 0x9E37_79B9_7F4A_7C15
    var at = Int(truncatingIfNeeded: hash >> 32) & mask
    while slots[at].pair != pair, slots[at].pair != Self.none { at = (at + 1) & mask }
    return at
  }

  func merge(_ left: Int32, _ right: Int32) -> UInt64 { slots[place(of: Self.pair(left, right))].merge }
}

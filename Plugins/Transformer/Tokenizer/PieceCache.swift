/// The ids of pieces that were seen lately. Their number is bounded, since texts are not.
struct PieceCache {
  private var pieces = ByteStringTable(minimumCapacity: Self.largest)
  private var ends: [Int] = []
  private var ids: [Int32] = []

  private static let largest = 1 << 16
  /// Longer pieces are rarely seen twice, and would fill the memory.
  private static let longest = 128

  /// Appends the ids of a piece; false when they are not known.
  func append(_ text: [UInt8], _ range: Range<Int>, hash: UInt64, to output: inout [Int32]) -> Bool {
    guard let number = pieces.number(of: text, range, hash: hash) else { return false }
    for index in (number == 0 ? 0 : ends[number - 1])..<ends[number] { output.append(ids[index]) }
    return true
  }

  mutating func remember(_ text: [UInt8], _ range: Range<Int>, hash: UInt64, _ new: ArraySlice<Int32>) {
    guard range.count <= Self.longest else { return }
    if pieces.count >= Self.largest {
      pieces.removeAll()
      ends.removeAll(keepingCapacity: true)
      ids.removeAll(keepingCapacity: true)
    }
    pieces.add(text, range, hash: hash)
    ids.append(contentsOf: new)
    ends.append(ids.count)
  }
}

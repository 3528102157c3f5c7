/// The merges of a BPE model, applied to the symbols of one piece at a time.
struct BytePairMerges {
  private let table: MergeTable
  // Kept between pieces, so that these need no memory of their own.
  private var ranks: [UInt64] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var queue = BinaryHeap<UInt64>()

  /// Beyond this many symbols a queue finds the next merge faster than a search.
  private static let longestSearch = 64

  private static let rankMask: UInt64 = 0xFFFF_FFFF_0000_0000

  init(_ table: MergeTable) { self.table = table }

  /// Merges `symbols[start...]` in place.
  mutating func merge(_ symbols: inout [Int32], from start: Int) {
    let count = symbols.count - start
    guard count > 1 else { return }
    if count <= Self.longestSearch {
      mergeBySearch(&symbols, start)
    } else {
      mergeByQueue(&symbols, start)
    }
  }

  /// The lowest rank first, among equals the leftmost.
  private mutating func mergeBySearch(_ symbols: inout [Int32], _ start: Int) {
    ranks.removeAll(keepingCapacity: true)
    for at in start..<symbols.count - 1 { ranks.append(table.merge(symbols[at], symbols[at + 1])) }
    var count = symbols.count
    while true {
      var best = MergeTable.none
      var place = -1
      for index in 0..<count - start - 1 where ranks[index] < best {
        best = ranks[index]
        place = index
      }
      guard place >= 0 else { break }
      let at = start + place
      symbols[at] = MergeTable.result(best)
      count -= 1
      // Everything after the pair moves up by one.
      var index = at + 1
      while index < count {
        symbols[index] = symbols[index + 1]
        ranks[index - start - 1] = ranks[index - start]
        index += 1
      }
      if at + 1 < count { ranks[place] = table.merge(symbols[at], symbols[at + 1]) }
      if place > 0 { ranks[place - 1] = table.merge(symbols[at - 1], symbols[at]) }
    }
    symbols.removeLast(symbols.count - count)
  }

  private mutating func mergeByQueue(_ symbols: inout [Int32], _ start: Int) {
    var ids = Array(symbols[start...])
    let count = ids.count
    next = (1...Int32(count)).map { $0 }
    previous = (0..<Int32(count)).map { $0 - 1 }
    queue.removeAll()
    for at in 0..<count - 1 { consider(at, ids) }
    while let candidate = queue.popMin() {
      let at = Int(candidate & 0xFFFF_FFFF)
      let other = Int(next[at])
      // A neighbor was merged meanwhile.
      guard ids[at] >= 0, other < count else { continue }
      let merge = table.merge(ids[at], ids[other])
      guard merge >> 32 == candidate >> 32 else { continue }
      ids[at] = MergeTable.result(merge)
      ids[other] = -1
      next[at] = next[other]
      if Int(next[at]) < count { previous[Int(next[at])] = Int32(at) }
      if previous[at] >= 0 { consider(Int(previous[at]), ids) }
      consider(at, ids)
    }
    symbols.removeLast(count)
    for id in ids where id >= 0 { symbols.append(id) }
  }

  /// Queues the merge of a symbol with its neighbor: its rank, then its place.
  private mutating func consider(_ at: Int, _ ids: [Int32]) {
    let other = Int(next[at])
    guard other < ids.count else { return }
    let merge = table.merge(ids[at], ids[other])
    guard merge != MergeTable.none else { return }
    queue.insert((merge & Self.rankMask) | UInt64(at))
  }
}

/// The merges of a byte-level BPE, applied to one piece at a time.
struct BytePairMerges {
  private struct Merge { let rank: Int32; let result: Int32 }
  private var table: [UInt64: Merge] = [:]
  /// Id of each single byte; -1: not in the vocabulary.
  private let bytes: [Int32]

  init(bytes: [Int32], merges: [(left: Int32, right: Int32, result: Int32)]) {
    self.bytes = bytes
    table.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      let key = Self.key(merge.left, merge.right)
      // The first of equal merges counts, as it has the lower rank.
      if table[key] == nil { table[key] = Merge(rank: Int32(rank), result: merge.result) }
    }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// One possible merge; the order is by rank, then from the left.
  private struct Candidate: Comparable {
    let rank: Int32
    let at: Int32
    let left, right, result: Int32

    static func < (a: Candidate, b: Candidate) -> Bool {
      a.rank < b.rank || (a.rank == b.rank && a.at < b.at)
    }
  }

  /// Appends the piece's ids. Bytes without an id are left out, as in the reference implementation.
  func encode(_ piece: [UInt8], into output: inout [Int32]) {
    var ids = piece.compactMap { bytes[Int($0)] >= 0 ? bytes[Int($0)] : nil }
    guard ids.count > 1 else { return output.append(contentsOf: ids) }
    var next = (1...ids.count).map(Int32.init)
    var previous = (0..<ids.count).map { Int32($0 - 1) }
    var queue = BinaryHeap<Candidate>()
    func consider(_ at: Int32, _ ids: [Int32], _ next: [Int32], _ queue: inout BinaryHeap<Candidate>) {
      guard at >= 0, Int(next[Int(at)]) < ids.count else { return }
      let (left, right) = (ids[Int(at)], ids[Int(next[Int(at)])])
      guard let merge = table[Self.key(left, right)] else { return }
      queue.insert(Candidate(rank: merge.rank, at: at, left: left, right: right, result: merge.result))
    }
    for at in 0..<Int32(ids.count - 1) { consider(at, ids, next, &queue) }
    while let merge = queue.popMin() {
      let at = Int(merge.at)
      let other = Int(next[at])
      // A neighbour was merged meanwhile.
      guard ids[at] == merge.left, other < ids.count, ids[other] == merge.right else { continue }
      ids[at] = merge.result
      ids[other] = -1
      next[at] = next[other]
      if Int(next[at]) < ids.count { previous[Int(next[at])] = merge.at }
      consider(previous[at], ids, next, &queue)
      consider(merge.at, ids, next, &queue)
    }
    for id in ids where id >= 0 { output.append(id) }
  }
}

/// A priority queue that gives the smallest element first.
struct BinaryHeap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popMin() -> Element? {
    guard let least = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return least }
    elements[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < elements.count && elements[child] < elements[smallest] { smallest = child }
      guard smallest != parent else { return least }
      elements.swapAt(parent, smallest)
      parent = smallest
    }
  }
}

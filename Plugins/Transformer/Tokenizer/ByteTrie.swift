/// Finds which of some byte strings begins at a place.
struct ByteTrie {
  private struct Node {
    let byte: UInt8
    /// Number of the string that ends here, or -1.
    var value: Int32 = -1
    var firstChild: Int32 = -1
    var sibling: Int32 = -1
  }

  private var nodes: [Node] = []
  private var roots = [Int32](repeating: -1, count: 256)

  var isEmpty: Bool { nodes.isEmpty }

  /// Adds a string that is not empty; of equal strings the first counts.
  mutating func add(_ string: [UInt8], _ value: Int) {
    var node: Int32 = -1
    for byte in string { node = child(of: node, byte) ?? insert(byte, below: node) }
    if nodes[Int(node)].value < 0 { nodes[Int(node)].value = Int32(value) }
  }

  private func child(of node: Int32, _ byte: UInt8) -> Int32? {
    guard node >= 0 else { return roots[Int(byte)] >= 0 ? roots[Int(byte)] : nil }
    var at = nodes[Int(node)].firstChild
    while at >= 0 {
      if nodes[Int(at)].byte == byte { return at }
      at = nodes[Int(at)].sibling
    }
    return nil
  }

  private mutating func insert(_ byte: UInt8, below node: Int32) -> Int32 {
    let new = Int32(nodes.count)
    nodes.append(Node(byte: byte))
    if node < 0 {
      roots[Int(byte)] = new
    } else {
      nodes[Int(new)].sibling = nodes[Int(node)].firstChild
      nodes[Int(node)].firstChild = new
    }
    return new
  }

  /// The first place from `start` where a string may begin.
  func firstCandidate(_ text: [UInt8], from start: Int, to end: Int) -> Int {
    var at = start
    while at < end, roots[Int(text[at])] < 0 { at += 1 }
    return at
  }

  /// The longest string that begins at a place, and its end.
  func match(_ text: [UInt8], at start: Int, to end: Int) -> (value: Int, end: Int)? {
    var best: (value: Int, end: Int)?
    var node: Int32 = -1
    var at = start
    while at < end, let next = child(of: node, text[at]) {
      node = next
      at += 1
      if nodes[Int(node)].value >= 0 { best = (Int(nodes[Int(node)].value), at) }
    }
    return best
  }
}

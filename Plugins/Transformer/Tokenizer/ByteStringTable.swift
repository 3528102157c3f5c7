/// Gives byte strings numbers from 0, in the order in which they were added; the strings lie in one piece of memory.
struct ByteStringTable {
  private var keys: [UInt8] = []
  private var ends: [Int] = []
  /// Upper half: part of the hash; lower half: number + 1, or 0 where the slot is free.
  private var slots: [UInt64]

  init(minimumCapacity: Int = 16) {
    var size = 32
    while size < minimumCapacity * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    ends.reserveCapacity(minimumCapacity)
  }

  var count: Int { ends.count }

  mutating func removeAll() {
    keys.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
  }

  /// FNV-1a, with its bits mixed so that the lower ones can choose a slot.
  static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    hash = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
    return hash ^ (hash >> 29)
  }

  func number(of bytes: [UInt8]) -> Int? {
    number(of: bytes, bytes.indices, hash: Self.hash(bytes, bytes.indices))
  }

  func number(of bytes: [UInt8], _ range: Range<Int>) -> Int? {
    number(of: bytes, range, hash: Self.hash(bytes, range))
  }

  func number(of bytes: [UInt8], _ range: Range<Int>, hash: UInt64) -> Int? {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at] != 0 {
      let slot = slots[at]
      if slot >> 32 == hash >> 32, matches(Int(slot & 0xFFFF_FFFF) - 1, bytes, range) {
        return Int(slot & 0xFFFF_FFFF) - 1
      }
      at = (at + 1) & mask
    }
    return nil
  }

  private func matches(_ number: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let start = number == 0 ? 0 : ends[number - 1]
    guard ends[number] - start == range.count else { return false }
    for offset in 0..<range.count where keys[start + offset] != bytes[range.lowerBound + offset] {
      return false
    }
    return true
  }

  /// Adds a string that is not there yet.
  mutating func add(_ bytes: [UInt8], _ range: Range<Int>, hash: UInt64) {
    if (count + 1) * 2 > slots.count { grow() }
    keys.append(contentsOf: bytes[range])
    ends.append(keys.count)
    occupy(hash, count)
  }

  mutating func add(_ bytes: [UInt8]) {
    add(bytes, bytes.indices, hash: Self.hash(bytes, bytes.indices))
  }

  private mutating func occupy(_ hash: UInt64, _ number: Int) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at] != 0 { at = (at + 1) & mask }
    slots[at] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(number)
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: slots.count * 2)
    var start = 0
    for (number, end) in ends.enumerated() {
      occupy(Self.hash(keys, start..<end), number + 1)
      start = end
    }
  }
}

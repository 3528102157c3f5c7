internal import PolyaKit

extension JSON {
  /// A number.
  static func number(_ value: some BinaryInteger) -> JSON { .number("\(value)") }

  /// A finite number.
  static func number(_ value: Double) -> JSON { .number("\(value)") }

  /// Token ids.
  static func ids(_ ids: [Int32]) -> JSON { .array(ids.map { .number($0) }) }

  /// A list of token ids; nil for anything else.
  var ids: [Int32]? {
    guard let array else { return nil }
    var ids: [Int32] = []
    ids.reserveCapacity(array.count)
    for item in array {
      guard let number = item.integer, let id = Int32(exactly: number), id >= 0 else { return nil }
      ids.append(id)
    }
    return ids
  }
}

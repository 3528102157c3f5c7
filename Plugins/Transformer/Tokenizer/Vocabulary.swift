internal import PolyaKit
internal import TransformerFiles

/// The tokens of a model, by the text and by the id that the file gives them.
struct Vocabulary {
  private var numbers: ByteStringTable
  private var ids: [Int32] = []
  private var texts: [String?] = []

  /// Ids that a file may have; more would be a mistake or an attack on the memory.
  static let validIDs: Range<Int32> = 0..<(1 << 24)

  init(_ json: JSON?, name: String) throws {
    guard let members = json?.members else {
      throw TransformerError(.corrupt, "\(name) has no vocabulary")
    }
    numbers = ByteStringTable(minimumCapacity: members.count)
    ids.reserveCapacity(members.count)
    texts.reserveCapacity(members.count)
    for (text, value) in members {
      guard let number = value.integer, let id = Int32(exactly: number), Self.validIDs.contains(id) else {
        throw TransformerError(.corrupt, "token \(text) of \(name) has no valid id")
      }
      let index = Int(id)
      if index >= texts.count { texts.append(contentsOf: repeatElement(nil, count: index + 1 - texts.count)) }
      guard texts[index] == nil else {
        throw TransformerError(.corrupt, "id \(id) of \(name) is used twice")
      }
      texts[index] = text
      let bytes = Array(text.utf8)
      guard numbers.number(of: bytes) == nil else {
        throw TransformerError(.corrupt, "token \(text) of \(name) has two ids")
      }
      numbers.add(bytes)
      ids.append(id)
    }
  }

  /// Number of tokens.
  var count: Int { ids.count }

  /// One more than the largest id.
  var idEnd: Int { texts.count }

  func text(of id: Int32) -> String? {
    id >= 0 && Int(id) < texts.count ? texts[Int(id)] : nil
  }

  func id(of text: String) -> Int32? { id(of: Array(text.utf8)) }

  func id(of bytes: [UInt8]) -> Int32? { numbers.number(of: bytes).map { ids[$0] } }

  func id(of bytes: [UInt8], _ range: Range<Int>) -> Int32? {
    numbers.number(of: bytes, range).map { ids[$0] }
  }
}

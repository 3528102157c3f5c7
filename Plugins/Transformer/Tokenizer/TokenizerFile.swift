internal import PolyaKit
internal import TransformerFiles

/// The parts of a `tokenizer.json`.
struct TokenizerFile {
  let root: JSON
  let name: String

  var model: JSON? { root["model"] }
  var ignoresMerges: Bool { model?["ignore_merges"]?.bool ?? false }

  func checkSupported() throws {
    let type = model?["type"]?.string ?? (model?["merges"] == nil ? "none" : "BPE")
    guard type == "BPE" else {
      throw TransformerError(
        .unsupported, "\(name) has a model of type \(type); this engine supports only BPE")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model?[key]?.string, !text.isEmpty {
        throw TransformerError(.unsupported, "\(name) has \(key) \(text), which this engine does not support")
      }
    }
    if let rate = model?["dropout"]?.double, rate != 0 {
      throw TransformerError(.unsupported, "\(name) has BPE dropout \(rate); set it to null")
    }
  }

  /// Pairs of ids and what they merge into, by rank.
  func merges(_ vocabulary: Vocabulary) throws -> [(left: Int32, right: Int32, result: Int32)] {
    guard let items = model?["merges"]?.array else {
      throw TransformerError(.corrupt, "\(name) has no merges")
    }
    var merges: [(left: Int32, right: Int32, result: Int32)] = []
    merges.reserveCapacity(items.count)
    var text: [UInt8] = []
    for item in items {
      text.removeAll(keepingCapacity: true)
      guard let middle = Self.join(item, into: &text), let left = vocabulary.id(of: text, 0..<middle),
        let right = vocabulary.id(of: text, middle..<text.count), let result = vocabulary.id(of: text)
      else {
        let pair = item.string ?? (item.array ?? []).compactMap(\.string).joined(separator: " ")
        throw TransformerError(
          .corrupt,
          "merge \(merges.count) of \(name), \(JSON.quoted(pair)), uses a token that its vocabulary does not have"
        )
      }
      merges.append((left, right, result))
    }
    return merges
  }

  /// Appends both sides of a merge, and tells where the right one begins; nil when it has not two sides.
  private static func join(_ item: JSON, into text: inout [UInt8]) -> Int? {
    switch item {
    case .string(let pair):
      text.append(contentsOf: pair.utf8)
      guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
      text.remove(at: space)
      return space
    case .array(let pair) where pair.count == 2:
      guard case .string(let left) = pair[0], case .string(let right) = pair[1] else { return nil }
      text.append(contentsOf: left.utf8)
      let middle = text.count
      text.append(contentsOf: right.utf8)
      return middle
    default: return nil
    }
  }
}

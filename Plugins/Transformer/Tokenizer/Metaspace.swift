internal import PolyaKit
internal import TransformerFiles

/// SentencePiece's marking of spaces: `▁` stands for a space, and pieces begin with it.
struct Metaspace: Equatable {
  enum Prepend: String {
    case always, first, never
  }

  let replacement: [UInt8]
  let prepend: Prepend
  let splits: Bool

  /// From a pre-tokenizer or decoder of a `tokenizer.json`.
  init(_ json: JSON, name: String) throws {
    let replacement = json["replacement"]?.string ?? "▁"
    guard replacement.unicodeScalars.count == 1 else {
      throw TransformerError(
        .corrupt,
        "\(name) has Metaspace with replacement \(JSON.quoted(replacement)), which is not one character")
    }
    let scheme =
      json["prepend_scheme"]?.string ?? (json["add_prefix_space"]?.bool == false ? "never" : "always")
    guard let prepend = Prepend(rawValue: scheme) else {
      throw TransformerError(
        .unsupported,
        "\(name) has Metaspace with prepend_scheme \(scheme), which this engine does not support")
    }
    self.replacement = Array(replacement.utf8)
    self.prepend = prepend
    splits = json["split"]?.bool ?? true
  }

  func mark(_ text: ArraySlice<UInt8>, isFirst: Bool) -> [UInt8] {
    var marked: [UInt8] = []
    marked.reserveCapacity(text.count + text.count / 2 + replacement.count)
    let prepends = prepend == .always || (prepend == .first && isFirst)
    if prepends, text.first != 32, !text.starts(with: replacement) { marked.append(contentsOf: replacement) }
    for byte in text {
      if byte == 32 { marked.append(contentsOf: replacement) } else { marked.append(byte) }
    }
    return marked
  }

  func pieceEnd(_ marked: [UInt8], from start: Int) -> Int {
    guard splits else { return marked.count }
    let next = marked[start...].starts(with: replacement) ? start + replacement.count : start
    return marked.firstRange(of: replacement, in: next..<marked.count)?.lowerBound ?? marked.count
  }
}

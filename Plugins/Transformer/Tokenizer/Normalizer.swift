internal import PolyaKit
internal import TransformerFiles

/// What happens to text before it is cut.
struct Normalizer {
  private enum Step {
    /// Unicode normalization form C.
    case compose
    case prepend([UInt8])
    case replace([UInt8], with: [UInt8])
  }

  private var steps: [Step] = []

  var isEmpty: Bool { steps.isEmpty }

  /// From the `normalizer` of a `tokenizer.json`; an unknown one is refused by name.
  init(_ json: JSON?, name: String) throws {
    if let json { try add(json, name) }
  }

  private mutating func add(_ json: JSON, _ name: String) throws {
    let type = json["type"]?.string ?? "?"
    switch type {
    case "Sequence": for step in json["normalizers"]?.array ?? [] { try add(step, name) }
    case "NFC": steps.append(.compose)
    case "Prepend": steps.append(.prepend(Array((json["prepend"]?.string ?? "").utf8)))
    case "Replace":
      guard let pattern = json["pattern"]?["String"]?.string, !pattern.isEmpty else {
        throw TransformerError(
          .unsupported,
          "\(name) replaces \(json["pattern"]?["Regex"]?.string ?? "?") in its normalizer; "
            + "this engine supports only replacing plain text")
      }
      steps.append(.replace(Array(pattern.utf8), with: Array((json["content"]?.string ?? "").utf8)))
    default:
      throw TransformerError(
        .unsupported, "\(name) has normalizer \(type), which this engine does not support")
    }
  }

  func callAsFunction(_ text: [UInt8]) -> [UInt8] {
    steps.reduce(text) { text, step in
      switch step {
      case .compose: composed(text)
      case .prepend(let prefix): text.isEmpty ? text : prefix + text
      case .replace(let old, let new): text.replacing(old, with: new)
      }
    }
  }
}

extension [UInt8] {
  /// The first place in `range` where `other`, which is not empty, is found.
  func firstRange(of other: [UInt8], in range: Range<Int>) -> Range<Int>? {
    var at = range.lowerBound
    while at + other.count <= range.upperBound {
      if self[at] == other[0], self[at..<at + other.count].elementsEqual(other) {
        return at..<at + other.count
      }
      at += 1
    }
    return nil
  }

  func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + count / 2)
    var at = 0
    while let match = firstRange(of: old, in: at..<count) {
      result.append(contentsOf: self[at..<match.lowerBound])
      result.append(contentsOf: new)
      at = match.upperBound
    }
    result.append(contentsOf: self[at...])
    return result
  }
}

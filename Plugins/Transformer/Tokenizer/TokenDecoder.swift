internal import PolyaKit
internal import TransformerFiles

/// How tokens become text: the `decoder` of a `tokenizer.json`.
struct TokenDecoder {
  private enum Step {
    case byteLevel
    case replace([UInt8], with: [UInt8])
    case metaspace([UInt8])
  }

  /// What happens at the beginning of the text.
  enum Beginning {
    case nothing
    /// At most so many of these characters are left out.
    case strips([UInt8], count: Int)
    /// The first token loses all of its spaces.
    case unmarks([UInt8])
  }

  private var steps: [Step] = []
  /// Whether tokens like `<0x0A>` stand for a byte.
  private(set) var hasByteTokens = false
  private var fuses = false
  private(set) var beginning = Beginning.nothing

  /// An unknown decoder, or an order that is not one of the published ones, is refused by name.
  init(_ json: JSON?, name: String) throws {
    guard let json else {
      throw TransformerError(
        .unsupported,
        "\(name) has no decoder, so it would put spaces between tokens, which this engine does not support")
    }
    try add(json, name)
  }

  private mutating func add(_ json: JSON, _ name: String) throws {
    let type = json["type"]?.string ?? "?"
    let isFresh = steps.isEmpty && !hasByteTokens && !fuses
    switch type {
    case "Sequence":
      for step in json["decoders"]?.array ?? [] { try add(step, name) }
    case "ByteLevel" where isFresh:
      steps.append(.byteLevel)
      fuses = true
    case "Replace" where !hasByteTokens && !fuses && json["pattern"]?["String"]?.string?.isEmpty == false:
      let old = Array((json["pattern"]?["String"]?.string ?? "").utf8)
      steps.append(.replace(old, with: Array((json["content"]?.string ?? "").utf8)))
    case "Metaspace" where !hasByteTokens && !fuses:
      let metaspace = try Metaspace(json, name: name)
      if metaspace.prepend != .never { beginning = .unmarks(metaspace.replacement) }
      steps.append(.metaspace(metaspace.replacement))
    case "ByteFallback" where !fuses: hasByteTokens = true
    case "Fuse": fuses = true
    case "Strip" where fuses && isPlain && json["stop"]?.integer ?? 0 == 0:
      let content = json["content"]?.string ?? " "
      let count = json["start"]?.integer ?? 0
      guard content.unicodeScalars.count == 1, (0...64).contains(count) else {
        throw TransformerError(
          .corrupt,
          "the decoder of \(name) strips \(JSON.quoted(content)) \(count) times, instead of one character 0 to 64 times"
        )
      }
      beginning = .strips(Array(content.utf8), count: count)
    default:
      throw TransformerError(
        .unsupported,
        "\(name) has decoder \(type)\(isFresh ? "" : " after others"), which this engine does not support")
    }
  }

  private var isPlain: Bool { if case .nothing = beginning { true } else { false } }

  /// What a token stands for, and whether it is one byte of a longer character.
  func piece(_ text: String, isFirst: Bool = false) -> (bytes: [UInt8], isByte: Bool) {
    var bytes = Array(text.utf8)
    for step in steps {
      switch step {
      case .byteLevel: bytes = ByteAlphabet.bytes(of: text) ?? bytes
      case .replace(let old, let new): bytes = bytes.replacing(old, with: new)
      case .metaspace(let mark): bytes = bytes.replacing(mark, with: isFirst && !isPlain ? [] : [32])
      }
    }
    if hasByteTokens, let byte = Self.byte(bytes) { return ([byte], true) }
    return (bytes, false)
  }

  /// The byte that `<0x0A>` and its like stand for.
  private static func byte(_ text: [UInt8]) -> UInt8? {
    guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">"),
      text[3] != UInt8(ascii: "-")
    else { return nil }
    return UInt8(String(decoding: text[3...4], as: UTF8.self), radix: 16)
  }
}

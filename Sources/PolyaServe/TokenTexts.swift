internal import PolyaCore

/// The texts of single tokens, which may be parts of code points.
enum TokenTexts {
  /// Returns the bytes that each token contributes to the text of all.
  static func pieces(of tokens: [Int32], _ model: any LanguageModel) throws -> [[UInt8]] {
    guard let first = tokens.first else { return [] }
    let distinct = Array(Set(tokens))
    let decoded = try model.decode([tokens] + distinct.map { [$0] } + distinct.map { [first, $0] })
    let alone = Dictionary(uniqueKeysWithValues: zip(distinct, decoded[1...]))
    let pieces = tokens.map { alone[$0] ?? [] }
    if pieces.joined().elementsEqual(decoded[0]) { return pieces }
    // Some tokenizers write the first token in another way, so the others are decoded behind it.
    let head = alone[first] ?? []
    let behind = Dictionary(uniqueKeysWithValues: zip(distinct, decoded[(1 + distinct.count)...]))
    return [head] + tokens.dropFirst().map { Array((behind[$0] ?? []).dropFirst(head.count)) }
  }

  /// Returns a token's text, or its bytes in OpenAI's way of writing them if they are not text by themselves.
  static func name(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return "bytes:"
      + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Returns where each code point of a text begins. A part that is not UTF-8 counts as the U+FFFD that it
  /// becomes.
  static func codePoints(_ text: [UInt8]) -> [Int] {
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = text.makeIterator()
    var (starts, position): ([Int], Int) = ([], 0)
    while true {
      let length: Int
      switch parser.parseScalar(from: &bytes) {
      case .valid(let scalar): length = scalar.count
      case .error(let count): length = count
      case .emptyInput: return starts
      }
      starts.append(position)
      position += length
    }
  }
}

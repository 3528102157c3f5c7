/// Turns pieces into ids, and remembers them.
struct PieceEncoder {
  private let symbols: SymbolTable
  private var merges: BytePairMerges
  /// Whole pieces that are tokens whatever the merges say (`ignore_merges`).
  private let whole: ByteStringTable?
  private let wholeIDs: [Int32]
  private var cache = PieceCache()
  /// `▁`, where no token has it after another character: no merge ever crosses into it, so text can be cut there.
  let safeMark: [UInt8]?

  init(_ file: TokenizerFile, _ vocabulary: Vocabulary, _ alphabet: SymbolTable.Alphabet) throws {
    symbols = try SymbolTable(file.model, vocabulary, alphabet, name: file.name)
    let merges = try file.merges(vocabulary)
    self.merges = BytePairMerges(MergeTable(merges))
    let isCut = alphabet == .characters && !file.ignoresMerges && !symbols.leavesOut
    safeMark = isCut ? Self.safeMark(merges.map(\.result), vocabulary) : nil
    guard file.ignoresMerges else {
      whole = nil
      wholeIDs = []
      return
    }
    var table = ByteStringTable(minimumCapacity: vocabulary.idEnd)
    var ids: [Int32] = []
    for id in 0..<Int32(vocabulary.idEnd) {
      guard let text = vocabulary.text(of: id),
        let bytes = alphabet == .bytes ? ByteAlphabet.bytes(of: text) : Array(text.utf8)
      else { continue }
      table.add(bytes)
      ids.append(id)
    }
    whole = table
    wholeIDs = ids
  }

  private static func safeMark(_ results: [Int32], _ vocabulary: Vocabulary) -> [UInt8]? {
    let mark = Array("▁".utf8)
    guard vocabulary.id(of: mark) != nil else { return nil }
    let isSafe = results.allSatisfy { id in
      guard let text = vocabulary.text(of: id).map({ Array($0.utf8) }) else { return false }
      return PreTokenizer.markedEnd(text, mark, from: 0, to: text.count) == text.count
    }
    return isSafe ? mark : nil
  }

  mutating func encode(_ text: [UInt8], _ range: Range<Int>, into output: inout [Int32]) {
    let hash = ByteStringTable.hash(text, range)
    if cache.append(text, range, hash: hash, to: &output) { return }
    let start = output.count
    if let number = whole?.number(of: text, range, hash: hash) {
      output.append(wholeIDs[number])
    } else {
      symbols.append(text, range, to: &output)
      merges.merge(&output, from: start)
    }
    cache.remember(text, range, hash: hash, output[start...])
  }
}

/// The parts of a `tokenizer.json`.
struct TokenizerFile {
  let root: JSON
  let name: String

  struct Vocabulary {
    /// Ids by bytes, and by the text of the file.
    let ids: [[UInt8]: Int32]
    let idsByText: [String: Int32]
    let bytesByID: [Int32: [UInt8]]
  }

  private var model: JSON? { root["model"] }
  var ignoresMerges: Bool { model?["ignore_merges"]?.bool ?? false }

  func checkSupported() throws {
    let type = model?["type"]?.string ?? (model?["merges"] == nil ? "none" : "BPE")
    guard type == "BPE" else {
      throw TransformerError(.unsupported, "\(name) has a model of type \(type); this engine reads BPE only")
    }
    if model?["byte_fallback"]?.bool == true {
      throw TransformerError(
        .unsupported,
        "\(name) has byte_fallback (a SentencePiece tokenizer); this engine reads byte-level BPE only")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model?[key]?.string, !text.isEmpty {
        throw TransformerError(.unsupported, "\(name) has \(key) \(text), which this engine does not know")
      }
    }
    if let rate = model?["dropout"]?.double, rate != 0 {
      throw TransformerError(.unsupported, "\(name) has BPE dropout \(rate); set it to null")
    }
    let decoder = root["decoder"]?["type"]?.string ?? "none"
    guard decoder == "ByteLevel" else {
      throw TransformerError(.unsupported, "\(name) has decoder \(decoder); this engine knows ByteLevel only")
    }
  }

  /// Whether text is composed (NFC) first.
  func composes() throws -> Bool {
    guard let normalizer = root["normalizer"] else { return false }
    let steps =
      normalizer["type"]?.string == "Sequence" ? normalizer["normalizers"]?.array ?? [] : [normalizer]
    for step in steps {
      guard step["type"]?.string == "NFC" else {
        throw TransformerError(
          .unsupported, "\(name) has normalizer \(step["type"]?.string ?? "?"); this engine knows NFC only")
      }
    }
    return !steps.isEmpty
  }

  func vocabulary() throws -> Vocabulary {
    guard let members = model?["vocab"]?.members else {
      throw TransformerError(.corrupt, "\(name) has no vocabulary")
    }
    var ids: [[UInt8]: Int32] = [:]
    var idsByText: [String: Int32] = [:]
    var bytesByID: [Int32: [UInt8]] = [:]
    ids.reserveCapacity(members.count)
    idsByText.reserveCapacity(members.count)
    bytesByID.reserveCapacity(members.count)
    for (text, value) in members {
      guard let number = value.integer, let id = Int32(exactly: number), (0..<(1 << 24)).contains(id) else {
        throw TransformerError(.corrupt, "token \(text) of \(name) has no valid id")
      }
      guard bytesByID[id] == nil else {
        throw TransformerError(.corrupt, "id \(id) of \(name) is used twice")
      }
      // Entries outside the byte alphabet are special tokens that were put into the vocabulary.
      let bytes = ByteAlphabet.bytes(of: text)
      bytesByID[id] = bytes ?? Array(text.utf8)
      if let bytes { ids[bytes] = id }
      idsByText[text] = id
    }
    return Vocabulary(ids: ids, idsByText: idsByText, bytesByID: bytesByID)
  }

  func pieces(_ vocabulary: Vocabulary, _ added: [AddedTokens.Entry]) throws -> [[UInt8]] {
    let largest = max(vocabulary.bytesByID.keys.max() ?? -1, added.map(\.id).max() ?? -1)
    guard largest < 1 << 24 else { throw TransformerError(.corrupt, "\(name) has token id \(largest)") }
    var pieces = [[UInt8]](repeating: [], count: Int(largest) + 1)
    for (id, bytes) in vocabulary.bytesByID { pieces[Int(id)] = bytes }
    for entry in added { pieces[Int(entry.id)] = Array(entry.content.utf8) }
    return pieces
  }

  func merges(_ vocabulary: Vocabulary) throws -> BytePairMerges {
    guard let items = model?["merges"]?.array else {
      throw TransformerError(.corrupt, "\(name) has no merges")
    }
    var merges: [(left: Int32, right: Int32, result: Int32)] = []
    merges.reserveCapacity(items.count)
    for item in items {
      let pair: [String]
      if let text = item.string {
        pair = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      } else {
        pair = (item.array ?? []).compactMap(\.string)
      }
      guard pair.count == 2, let left = vocabulary.idsByText[pair[0]],
        let right = vocabulary.idsByText[pair[1]],
        let result = vocabulary.idsByText[pair[0] + pair[1]]
      else {
        throw TransformerError(
          .corrupt, "merge \(merges.count) of \(name), \(pair), is not made of its vocabulary")
      }
      merges.append((left, right, result))
    }
    let bytes = (0..<256).map { vocabulary.ids[[UInt8($0)]] ?? -1 }
    return BytePairMerges(bytes: bytes, merges: merges)
  }
}

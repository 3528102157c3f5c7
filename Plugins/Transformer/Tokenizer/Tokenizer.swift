internal import PolyaKit
internal import TransformerFiles

/// A BPE tokenizer, byte-level or in the style of SentencePiece, read from a Hugging Face `tokenizer.json`.
package final class Tokenizer {
  /// The file as it was read; stored with the model.
  package let json: [UInt8]
  /// What was said of the special tokens beside the file.
  package let settings: TokenizerSettings
  /// Bytes of each id as they are inside a text; of special tokens, their names.
  package let pieces: TokenPieces
  /// Ids of the special tokens that begin, end and fill a text, where the file has them under a usual name.
  package let bos, eos, pad: Int32?
  /// Ids that a text gets before and after it when specials are added.
  package let prefix, suffix: [Int32]

  let decoding: DecodingTable
  private let added: AddedTokens
  private let preTokenizer: PreTokenizer
  private var encoder: PieceEncoder

  /// Number of ids, from 0.
  package var vocabularySize: Int { pieces.count }

  /// Reads a `tokenizer.json`; a component that this engine does not know is refused by name.
  package init(json: [UInt8], name: String, settings: TokenizerSettings = TokenizerSettings()) throws {
    self.json = json
    self.settings = settings
    let file = TokenizerFile(root: try JSON(parsing: json, name: name), name: name)
    try file.checkSupported()
    let preTokenizer = try PreTokenizer(file.root["pre_tokenizer"], name: name)
    let normalizer = try Normalizer(file.root["normalizer"], name: name)
    let decoder = try TokenDecoder(file.root["decoder"], name: name)
    var processor = try PostProcessor(file.root["post_processor"], name: name)
    let vocabulary = try Vocabulary(file.model?["vocab"], name: name)
    let added = try AddedTokens(
      file.root["added_tokens"], name: name, normalizer: normalizer, vocabulary: vocabulary)
    let specials = SpecialTokens(added, vocabulary, name)
    bos = try specials.id(settings.bos, "bos_token", usual: ["<bos>", "<s>", "<|begin_of_text|>"])
    eos = try specials.id(
      settings.eos, "eos_token",
      usual: ["<eos>", "</s>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"])
    pad = try specials.id(
      settings.pad, "pad_token", usual: ["<pad>", "<|finetune_right_pad_id|>", "<|pad|>"])
    processor.apply(beginning: settings.addsBos, bos, ending: settings.addsEos, eos)
    (prefix, suffix) = (processor.prefix, processor.suffix)
    let decoding = DecodingTable(decoder, vocabulary, added.entries)
    self.decoding = decoding
    pieces = decoding.pieces
    if let wild = (prefix + suffix).first(where: { !decoding.isKnown($0) }) {
      throw TransformerError(
        .corrupt, "the post_processor of \(name) adds the id \(wild), which its vocabulary does not have")
    }
    encoder = try PieceEncoder(file, vocabulary, preTokenizer.isByteLevel ? .bytes : .characters)
    self.added = added
    self.preTokenizer = preTokenizer.cuttingAtMarks(encoder.safeMark)
  }

  /// 256 bytes and `<eos>`, `<pad>`: needs no training and encodes everything.
  package static func bytes() -> Tokenizer {
    let text = TokenizerWriter.json(
      specials: [], merges: [], trailing: ["<eos>", "<pad>"], individualDigits: false, splits: false)
    do { return try Tokenizer(json: Array(text.utf8), name: "the built-in byte tokenizer") } catch {
      preconditionFailure("the built-in tokenizer is malformed: \(error)")
    }
  }

  /// Token ids of a text. Special tokens are found in the text, but none is added.
  package func encode(_ text: String) -> [Int32] {
    var output: [Int32] = []
    output.reserveCapacity(text.utf8.count / 3 + 8)
    encode(Array(text.utf8), &encoder, &output)
    return output
  }

  /// Token ids of a text, between ``prefix`` and ``suffix`` when specials are added.
  ///
  /// A text that begins with the tokens of the prefix does not get them twice.
  package func encode(_ text: String, addingSpecials: Bool) -> [Int32] {
    let ids = encode(text)
    guard addingSpecials else { return ids }
    return (ids.starts(with: prefix) ? [] : prefix) + ids + suffix
  }

  private func encode(_ text: [UInt8], _ encoder: inout PieceEncoder, _ output: inout [Int32]) {
    added.forEachPart(text) { part in
      switch part {
      case .token(let id): output.append(id)
      case .text(let bytes, let range, let isFirst):
        preTokenizer.forEachPiece(bytes, range, isFirst: isFirst) { bytes, piece in
          encoder.encode(bytes, piece, into: &output)
        }
      }
    }
  }
}

/// Finds the tokens that begin, end and fill a text.
private struct SpecialTokens {
  private let added: AddedTokens
  private let vocabulary: Vocabulary
  private let name: String

  init(_ added: AddedTokens, _ vocabulary: Vocabulary, _ name: String) {
    self.added = added
    self.vocabulary = vocabulary
    self.name = name
  }

  func id(_ text: String?, _ key: String, usual: [String]) throws -> Int32? {
    guard let text else { return usual.lazy.compactMap(addedID).first }
    guard let id = addedID(text) ?? vocabulary.id(of: text) else {
      throw TransformerError(
        .corrupt, "the settings beside \(name) name \(key) \(text), which its vocabulary does not have")
    }
    return id
  }

  private func addedID(_ text: String) -> Int32? { added.entries.first { $0.content == text }?.id }
}

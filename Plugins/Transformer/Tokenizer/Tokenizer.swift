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

  /// Number of ids that merges make, without tokens that were added to them.
  package let ownSize: Int

  /// The token that ends a text, where the files beside the tokenizer's name it.
  package var statedEnds: [Int32] { settings.eos == nil ? [] : eos.map { [$0] } ?? [] }

  let decoding: DecodingTable
  private let added: AddedTokens
  private let preTokenizer: PreTokenizer
  private var encoder: PieceEncoder

  /// Number of ids, from 0.
  package var vocabularySize: Int { pieces.count }

  /// Reads a `tokenizer.json`; a component that this engine does not know is refused by name.
  package init(json: [UInt8], name: String, settings: TokenizerSettings = TokenizerSettings()) throws {
    self.json = json
    let file = TokenizerFile(root: try JSON(parsing: json, name: name), name: name)
    try file.checkSupported()
    var settings = settings
    if settings.pad == nil, let pad = file.root["padding"]?["pad_token"]?.string, !pad.isEmpty {
      settings.pad = pad
    }
    self.settings = settings
    let preTokenizer = try PreTokenizer(file.root["pre_tokenizer"], name: name)
    let normalizer = try Normalizer(file.root["normalizer"], name: name)
    let decoder = try TokenDecoder(file.root["decoder"], name: name)
    var processor = try PostProcessor(file.root["post_processor"], name: name)
    let vocabulary = try Vocabulary(file.model?["vocab"], name: name)
    let added = try AddedTokens(
      file.root["added_tokens"], name: name, normalizer: normalizer, vocabulary: vocabulary,
      settings: settings)
    bos = added.id(settings.bos, usual: ["<bos>", "<s>", "<|begin_of_text|>"])
    eos = added.id(
      settings.eos, usual: ["<eos>", "</s>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"])
    pad = added.id(settings.pad, usual: ["<pad>", "<|finetune_right_pad_id|>", "<|pad|>"])
    processor.apply(beginning: settings.addsBos, bos, ending: settings.addsEos, eos)
    (prefix, suffix) = (processor.prefix, processor.suffix)
    ownSize = vocabulary.idEnd
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

  /// The file, and what the files beside it change of its tokens: tokenizers with the same give the same ids.
  package var identity: [UInt8] {
    guard added.isExtended || settings.splitsSpecials else { return json }
    let tokens = added.entries.map { entry in
      let flags = [
        entry.isSpecial, entry.stripsLeft, entry.stripsRight, entry.isNormalized, entry.isWord,
      ]
      return "\(entry.id) \(JSON.quoted(entry.content)) " + flags.map { $0 ? "1" : "0" }.joined()
    }
    let lines = tokens + ["split_special_tokens \(settings.splitsSpecials)"]
    return json + Array(("\n" + lines.joined(separator: "\n")).utf8)
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

extension AddedTokens {
  /// The id of the token with this text; nil: of the first token with a usual name.
  fileprivate func id(_ text: String?, usual: [String]) -> Int32? {
    for name in text.map({ [$0] }) ?? usual {
      if let entry = entries.first(where: { $0.content.utf8.elementsEqual(name.utf8) }) { return entry.id }
    }
    return nil
  }
}

/// A byte-level BPE tokenizer, read from a Hugging Face `tokenizer.json`.
///
/// Encoding adds no special tokens of its own, but finds those that are written in the text.
public final class Tokenizer {
  /// The file as it was read; stored with the model.
  public let json: [UInt8]
  /// Bytes of each id; of special tokens, their names.
  public let pieces: TokenPieces
  /// Ids of the special tokens that begin, end and fill a text, where the file has them under a usual name.
  public let bos, eos, pad: Int32?

  private let added: AddedTokens
  private let preTokenizer: PreTokenizer
  private let composes: Bool
  private let merges: BytePairMerges
  /// Whole pieces that are tokens whatever the merges say (`ignore_merges`).
  private let whole: [[UInt8]: Int32]
  private var cache: [[UInt8]: [Int32]] = [:]

  /// Pieces that are remembered; their number is bounded, since texts are not.
  private static let cachedPieces = 1 << 16

  /// Number of ids, from 0.
  public var vocabularySize: Int { pieces.count }

  /// Reads a `tokenizer.json`; a component that this engine does not know is refused by name.
  public init(json: [UInt8], name: String) throws {
    self.json = json
    let file = TokenizerFile(root: try JSON(parsing: json, name: name), name: name)
    try file.checkSupported()
    preTokenizer = try PreTokenizer(file.root["pre_tokenizer"], name: name)
    composes = try file.composes()
    let added = try AddedTokens(file.root["added_tokens"], name: name)
    self.added = added
    let vocabulary = try file.vocabulary()
    pieces = TokenPieces(try file.pieces(vocabulary, added.entries))
    merges = try file.merges(vocabulary)
    whole = file.ignoresMerges ? vocabulary.ids : [:]
    func special(_ names: [String]) -> Int32? {
      names.lazy.compactMap { name in added.entries.first { $0.content == name }?.id }.first
    }
    bos = special(["<bos>", "<s>", "<|begin_of_text|>"])
    eos = special(["<eos>", "</s>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"])
    pad = special(["<pad>", "<|finetune_right_pad_id|>", "<|pad|>"])
  }

  /// 256 bytes and `<eos>`, `<pad>`: needs no training and encodes everything.
  public static func bytes() -> Tokenizer {
    let text = TokenizerWriter.json(
      specials: [], merges: [], trailing: ["<eos>", "<pad>"], individualDigits: false, splits: false)
    do { return try Tokenizer(json: Array(text.utf8), name: "the built-in byte tokenizer") } catch {
      preconditionFailure("the built-in tokenizer is malformed: \(error)")
    }
  }

  /// Token ids of a text.
  public func encode(_ text: String) -> [Int32] {
    var output: [Int32] = []
    output.reserveCapacity(text.utf8.count / 3 + 8)
    let scalars = Array(text.unicodeScalars)
    for part in added.parts(scalars, normalise: { [composes] in composes ? composed($0) : $0 }) {
      switch part {
      case .token(let id): output.append(id)
      case .text(let slice): preTokenizer.forEachPiece(slice) { encode($0, into: &output) }
      }
    }
    return output
  }

  private func encode(_ piece: borrowing [UInt8], into output: inout [Int32]) {
    if let known = cache[copy piece] { return output.append(contentsOf: known) }
    if let id = whole[copy piece] { return output.append(id) }
    let first = output.count
    merges.encode(copy piece, into: &output)
    if cache.count >= Self.cachedPieces { cache.removeAll(keepingCapacity: true) }
    cache[copy piece] = Array(output[first...])
  }

  /// The bytes that ids stand for; may end inside a code point. Unknown ids stand for nothing.
  public func decode(_ tokens: some Sequence<Int32>) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens { bytes.append(contentsOf: pieces[token]) }
    return bytes
  }
}

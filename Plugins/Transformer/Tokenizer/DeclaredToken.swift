internal import PolyaKit
internal import TransformerFiles

/// A token that a file declares to be found in texts before anything else happens to them.
struct DeclaredToken: Sendable {
  let content: String
  /// The id that the file gives it; nil: the file gives none.
  var id: Int32?
  var isSpecial: Bool
  var stripsLeft = false
  var stripsRight = false
  var isWord = false
  /// nil: special tokens are searched as they are, others in normalized text.
  var isNormalized: Bool?
  /// Where it is declared, for messages.
  var source = ""

  init(_ content: String, isSpecial: Bool = true) {
    self.content = content
    self.isSpecial = isSpecial
  }

  /// From its text, or an object with `content` and how it is found.
  ///
  /// - Parameter isSpecial: unless the object says otherwise.
  init(_ json: JSON, isSpecial: Bool, source: String) throws {
    guard let content = json.string ?? json["content"]?.string else {
      throw TransformerError(.corrupt, "\(source) is neither a text nor an object with a content")
    }
    self.init(content, isSpecial: json["special"]?.bool ?? isSpecial)
    stripsLeft = json["lstrip"]?.bool ?? false
    stripsRight = json["rstrip"]?.bool ?? false
    isWord = json["single_word"]?.bool ?? false
    isNormalized = json["normalized"]?.bool
    self.source = source
  }

  /// The content, which Swift would hold equal to other spellings of its characters.
  var bytes: [UInt8] { Array(content.utf8) }

  func special(_ isSpecial: Bool) -> DeclaredToken {
    var token = self
    token.isSpecial = isSpecial
    return token
  }
}

extension DeclaredToken: Equatable {
  /// Wherever they are declared.
  static func == (a: DeclaredToken, b: DeclaredToken) -> Bool {
    a.bytes == b.bytes && a.id == b.id && a.isSpecial == b.isSpecial && a.isNormalized == b.isNormalized
      && a.stripsLeft == b.stripsLeft && a.stripsRight == b.stripsRight && a.isWord == b.isWord
  }
}

/// The tokens that the files beside a `tokenizer.json` declare.
struct DeclaredTokens: Sendable, Equatable {
  /// `bos_token` and the like.
  struct Named: Sendable, Equatable {
    let key: String
    var token: DeclaredToken
    /// Where it stands among the others.
    let rank: Int
  }

  /// Names that come first, in the order in which new tokens get ids; then come others.
  private static let order = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]
  static func isUsual(_ key: String) -> Bool { order.contains(key) }

  /// `added_tokens_decoder`, by id; where a folder has it, it replaces `added_tokens.json`.
  var decoder: [DeclaredToken]?
  /// `added_tokens.json`, by id.
  var listed: [DeclaredToken] = []
  var extras: [DeclaredToken] = []
  private(set) var named: [Named] = []

  subscript(key: String) -> DeclaredToken? {
    get { named.first { $0.key == key }?.token }
    set { set(key, newValue, isLate: false) }
  }

  /// - Parameter isLate: whether the token comes after others with unusual names, and wins over them.
  mutating func set(_ key: String, _ token: DeclaredToken?, isLate: Bool) {
    let rank = Self.order.firstIndex(of: key) ?? Self.order.count + (isLate ? 1 : 0)
    let place = named.firstIndex { $0.key == key }
    switch (place, token) {
    case (let place?, let token?):
      if named[place].rank <= rank { named[place].token = token }
    case (let place?, nil): named.remove(at: place)
    case (nil, let token?): named.append(Named(key: key, token: token, rank: rank))
    case (nil, nil): break
    }
  }

  /// What transformers adds to the tokens that `tokenizer.json` has, in its order; of tokens that are there already, it
  /// changes how they are found.
  func additions(to own: [DeclaredToken]) -> [DeclaredToken] {
    let names = Set(named.map(\.token.bytes))
    var known = Set(own.map(\.bytes))
    var result: [DeclaredToken]
    if let decoder {
      result = decoder.map { $0.special($0.isSpecial || names.contains($0.bytes)) }
    } else {
      result = own.filter { !$0.isSpecial && names.contains($0.bytes) }.map { $0.special(true) }
      let ids = Dictionary(own.map { ($0.bytes, $0.id) }) { $1 }
      // What is in both files under another id is added, too, and then refused.
      result += listed.filter { ids[$0.bytes] != $0.id }
        .map { $0.special($0.isSpecial || names.contains($0.bytes)) }
    }
    known.formUnion(result.map(\.bytes))
    let ranked = named.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }
    for token in ranked.map(\.element.token) where known.insert(token.bytes).inserted {
      result.append(token.special(true))
    }
    for token in extras where known.insert(token.bytes).inserted { result.append(token) }
    return result
  }
}

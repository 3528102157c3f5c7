internal import PolyaKit
internal import TransformerFiles

/// The files that a GGUF file stands for, beside its weights: the tokenizer's.
///
/// A `tokenizer.json` beside the file wins over the metadata, together with what else of a tokenizer lies there.
struct GGUFTexts {
  private let file: GGUFFile
  private let folder: String

  init(_ file: GGUFFile) {
    self.file = file
    folder = file.path.lastIndex(of: "/").map { String(file.path[...$0]) } ?? ""
  }

  private func beside(_ name: String) throws -> (bytes: [UInt8], name: String)? {
    guard File.exists(folder + "tokenizer.json"), File.exists(folder + name) else { return nil }
    return (try File.bytes(folder + name), folder + name)
  }

  /// nil when there is no such thing.
  func text(_ name: String) throws -> (bytes: [UInt8], name: String)? {
    if let found = try beside(name) { return found }
    switch name {
    case "tokenizer.json":
      var metadata = GGUFMetadata(file)
      let whole = try metadata.string("tokenizer.huggingface.json")
      let text = try whole ?? GGUFTokenizer(file).json().text
      return (Array(text.utf8), "the tokenizer of \(file.path)")
    case "tokenizer_config.json":
      return (
        Array((try settings().text + "\n").utf8), "what the tokenizer of \(file.path) says of special tokens"
      )
    case "chat_template.jinja":
      guard let other = try beside("tokenizer_config.json"),
        try JSON(parsing: other.bytes, name: other.name)["chat_template"] == nil
      else { return nil }
      var metadata = GGUFMetadata(file)
      return try metadata.string("tokenizer.chat_template").map {
        (Array($0.utf8), "the chat template of \(file.path)")
      }
    default: return nil
    }
  }

  private func settings() throws -> JSON {
    var metadata = GGUFMetadata(file)
    var members: [(key: String, value: JSON)] = []
    let specials = try GGUFSpecials(file)
    members.append(("add_bos_token", .bool(specials.addsBos)))
    members.append(("add_eos_token", .bool(specials.addsEos)))
    for (key, id) in [
      ("bos_token", specials.bos), ("eos_token", specials.eos), ("pad_token", specials.pad),
      ("unk_token", specials.unknown),
    ] {
      if let id { members.append((key, .string(specials.tokens[id]))) }
    }
    if let template = try metadata.string("tokenizer.chat_template") {
      members.append(("chat_template", .string(template)))
    }
    members.append(("clean_up_tokenization_spaces", .bool(false)))
    members.append(("tokenizer_class", .string("PreTrainedTokenizerFast")))
    return .object(members)
  }
}

internal import PolyaKit
internal import TransformerFiles

/// What a single text gets before and after it: the `post_processor` of a `tokenizer.json`.
struct PostProcessor {
  private(set) var prefix: [Int32] = []
  private(set) var suffix: [Int32] = []

  /// An unknown one is refused by name.
  init(_ json: JSON?, name: String) throws {
    if let json { try add(json, name) }
  }

  private mutating func add(_ json: JSON, _ name: String) throws {
    let type = json["type"]?.string ?? "?"
    switch type {
    case "Sequence": for step in json["processors"]?.array ?? [] { try add(step, name) }
    // It only corrects offsets.
    case "ByteLevel": break
    case "TemplateProcessing": try addTemplate(json, name)
    case "BertProcessing", "RobertaProcessing":
      guard let first = Self.id(json["cls"]?.array?.last), let last = Self.id(json["sep"]?.array?.last) else {
        throw TransformerError(.corrupt, "the post_processor \(type) of \(name) lacks the id of cls or sep")
      }
      prefix.insert(first, at: 0)
      suffix.append(last)
    default:
      throw TransformerError(
        .unsupported, "\(name) has post_processor \(type), which this engine does not support")
    }
  }

  private mutating func addTemplate(_ json: JSON, _ name: String) throws {
    var before: [Int32] = []
    var after: [Int32] = []
    var texts = 0
    for item in json["single"]?.array ?? [] {
      if item["Sequence"]?["id"]?.string == "A" {
        texts += 1
        continue
      }
      guard let special = item["SpecialToken"]?["id"]?.string,
        let ids = json["special_tokens"]?[special]?["ids"]?.array?.map(Self.id), !ids.contains(nil)
      else {
        throw TransformerError(
          .corrupt,
          "the post_processor of \(name) has a template with \(item["SpecialToken"]?["id"]?.string ?? "an item"), "
            + "whose ids it does not give")
      }
      if texts == 0 { before += ids.compactMap(\.self) } else { after += ids.compactMap(\.self) }
    }
    guard texts == 1 else {
      throw TransformerError(
        .unsupported,
        "the post_processor of \(name) has a template with \(texts) texts; this engine supports only one")
    }
    prefix = before + prefix
    suffix += after
  }

  private static func id(_ json: JSON?) -> Int32? { json?.integer.flatMap { Int32(exactly: $0) } }

  /// Makes a token the first or last one, or not, as `tokenizer_config.json` may ask for.
  mutating func apply(beginning: Bool?, _ bos: Int32?, ending: Bool?, _ eos: Int32?) {
    if let beginning, let bos {
      prefix.removeAll { $0 == bos }
      if beginning { prefix.insert(bos, at: 0) }
    }
    if let ending, let eos {
      suffix.removeAll { $0 == eos }
      if ending { suffix.append(eos) }
    }
  }
}

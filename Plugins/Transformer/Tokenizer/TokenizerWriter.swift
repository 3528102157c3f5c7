internal import PolyaKit

/// Writes a `tokenizer.json` that Hugging Face tokenizers reads.
enum TokenizerWriter {
  /// - Parameters:
  ///   - specials: come first, from id 0; the 256 bytes follow in the order of their stand-ins.
  ///   - merges: pairs of byte strings; each makes the next id.
  ///   - trailing: special tokens after everything else.
  ///   - splits: whether GPT-2's pattern cuts the text; otherwise merges see all of it.
  static func json(
    specials: [String], merges: [(left: [UInt8], right: [UInt8])], trailing: [String] = [],
    individualDigits: Bool, splits: Bool = true
  ) -> String {
    var vocabulary = specials
    vocabulary += ByteAlphabet.scalars.sorted().map { String(Character($0)) }
    vocabulary += merges.map { ByteAlphabet.text(of: $0.left + $0.right) }
    vocabulary += trailing
    let added = vocabulary.enumerated().filter {
      $0.offset < specials.count || $0.offset >= vocabulary.count - trailing.count
    }
    let entries = vocabulary.enumerated().map { "      \(JSON.quoted($0.element)): \($0.offset)" }.joined(
      separator: ",\n")
    let pairs = merges.map {
      "      [\(JSON.quoted(ByteAlphabet.text(of: $0.left))), \(JSON.quoted(ByteAlphabet.text(of: $0.right)))]"
    }.joined(separator: ",\n")
    return """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [
      \(added.map { special($0.element, id: $0.offset) }.joined(separator: ",\n"))
        ],
        "normalizer": null,
        "pre_tokenizer": \(preTokenizer(individualDigits: individualDigits, splits: splits)),
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": null,
          "continuing_subword_prefix": null,
          "end_of_word_suffix": null,
          "fuse_unk": false,
          "byte_fallback": false,
          "ignore_merges": false,
          "vocab": {
      \(entries)
          },
          "merges": [
      \(pairs)
          ]
        }
      }

      """
  }

  private static func special(_ text: String, id: Int) -> String {
    "    {\"id\": \(id), \"content\": \(JSON.quoted(text)), \"single_word\": false, \"lstrip\": false, "
      + "\"rstrip\": false, \"normalized\": false, \"special\": true}"
  }

  private static func preTokenizer(individualDigits: Bool, splits: Bool) -> String {
    let byteLevel =
      "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true, \"use_regex\": \(splits)}"
    let digits = "{\"type\": \"Digits\", \"individual_digits\": true}"
    return individualDigits
      ? "{\"type\": \"Sequence\", \"pretokenizers\": [\(digits), \(byteLevel)]}" : byteLevel
  }
}

import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Files that are damaged, or that say what this engine does not know.
@Suite("Damaged and foreign GGUF files")
struct GGUFDamageTests {
  private struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// What the error says.
    let message: String
    let change: @Sendable (inout GGUFBuilder) -> Void

    init(_ name: String, _ message: String, _ change: @escaping @Sendable (inout GGUFBuilder) -> Void) {
      testDescription = name
      self.message = message
      self.change = change
    }
  }

  private func load(_ bytes: [UInt8]) throws {
    try withFolder { folder in
      try File.write(folder + "/x.gguf", bytes)
      let model = try TransformerModel(folder: folder + "/x.gguf")
      _ = try model.render([("user", "a <s> 12 b")])
    }
  }

  private func check(_ one: Case) throws {
    var builder = try GGUFBuilder(GGUFTests.path("llama"))
    one.change(&builder)
    let error = #expect(throws: TransformerError.self) { try load(builder.bytes) }
    #expect(error?.message.contains(one.message) == true, "\(error?.message ?? "")")
  }

  @Test("what is built again is what was there")
  func unchanged() throws { try load(GGUFBuilder(GGUFTests.path("llama")).bytes) }

  private static func set(_ key: String, _ value: GGUFValue?, _ message: String) -> Case {
    Case("\(key) is \(value?.text ?? "missing")", message) { $0[key] = value }
  }

  private static let foreignCases: [Case] = [
    set("general.architecture", .string("mamba"), "general.architecture"),
    set("general.architecture", nil, "general.architecture"),
    set("general.type", .string("adapter"), "general.type"),
    set("split.count", .integer(2), "split.count"),
    set("llama.expert_count", .integer(8), "llama.expert_count"),
    set("llama.attention.sliding_window", .integer(16), "llama.attention.sliding_window"),
    set("llama.attention.head_count", .integers([2, 1]), "llama.attention.head_count"),
    set("llama.attention.value_length", .integer(8), "llama.attention.value_length"),
    set("llama.rope.dimension_count", .integer(8), "llama.rope.dimension_count"),
    set("llama.rope.scaling.type", .string("longrope"), "llama.rope.scaling.type"),
    set("llama.rope.scaling.factor", .single(2), "rope_freqs.weight"),
    set("llama.rope.scaling.attn_factor", .single(1.2), "attn_factor"),
    set("llama.attention.layer_norm_rms_epsilon", nil, "layer_norm_rms_epsilon"),
    set("tokenizer.ggml.model", .string("bert"), "tokenizer.json beside"),
    set("tokenizer.ggml.pre", .string("gpt-5"), "gpt-5"),
    set("tokenizer.ggml.pre", .string("default"), "tokenizer.json beside"),
    set("tokenizer.ggml.pre", nil, "tokenizer.ggml.pre"),
    set("tokenizer.ggml.merges", nil, "tokenizer.ggml.merges"),
    set("tokenizer.ggml.token_type", nil, "tokenizer.ggml.token_type"),
    set("tokenizer.ggml.add_space_prefix", .bool(true), "add_space_prefix"),
    set("tokenizer.ggml.bos_token_id", .integer(352), "bos_token_id"),
    Case("rope_freqs.weight is no Llama's", "not Llama 3's") { builder in
      for index in builder.tensors.indices where builder.tensors[index].name == "rope_freqs.weight" {
        builder.tensors[index].data[2] ^= 0x40
      }
    },
    Case("a type that is not supported", "Q2_K; supported are BF16") { $0.tensors[0].code = 10 },
    Case("a tensor that is not known", "blk.0.attn_sinks.weight") { builder in
      builder.tensors.append(
        GGUFBuilder.Tensor(
          name: "blk.0.attn_sinks.weight", sizes: [8], code: 0, data: [UInt8](repeating: 0, count: 32)))
    },
    Case("version 1", "version 1") { $0.version = 1 },
    Case("big-endian", "big-endian") { $0.version = UInt32(3).byteSwapped },
  ]

  @Test("what is not known is refused by name", arguments: foreignCases)
  private func foreign(_ one: Case) throws { try check(one) }

  private static let damageCases: [Case] = [
    Case("more tensors than bytes", "number of tensors") { $0.tensorCount = 1 << 60 },
    Case("more values than bytes", "number of metadata") { $0.valueCount = .max },
    Case("one value more", "damaged") { $0.valueCount = UInt64($0.values.count + 1) },
    Case("a key twice", "general.type twice") { $0.values.append(("general.type", .string("model"))) },
    Case("a tensor twice", "listed twice") { $0.tensors[1] = $0.tensors[0] },
    Case("a tensor missing", "self_attn.q_proj") { builder in
      builder.tensors.removeAll { $0.name == "blk.1.attn_q.weight" }
    },
    Case("a tensor of another shape", "blk.0.attn_norm.weight") { builder in
      for index in builder.tensors.indices where builder.tensors[index].name == "blk.0.attn_norm.weight" {
        builder.tensors[index].sizes = [16, 2]
      }
    },
    Case("tensors that overlap", "overlap") { $0.tensors[1].offset = 0 },
    Case("a tensor beside the alignment", "multiple of 32") { $0.tensors[1].offset = 20 },
    Case("a tensor beyond the end", "only") { $0.tensors[1].offset = 1 << 40 },
    Case("an offset that overflows", "only") { $0.tensors[1].offset = .max - 31 },
    Case("sizes that overflow", "has shape") { $0.tensors[0].sizes = [32, 1 << 31, 1 << 31] },
    Case("a size that is no Int", "has sizes") { $0.tensors[0].sizes = [.max] },
    Case("a size of zero", "has sizes") { $0.tensors[0].sizes = [32, 0] },
    Case("no dimensions", "0 dimensions") { $0.tensors[0].sizes = [] },
    Case("part of a block", "whole blocks") { builder in
      for index in builder.tensors.indices where builder.tensors[index].code == 8 {
        builder.tensors[index].sizes[0] = 33
      }
    },
    set("general.alignment", .integer(24), "general.alignment"),
    set("general.alignment", .integer(0), "general.alignment"),
    set("llama.block_count", .integer(1 << 40), "llama.block_count"),
    set("llama.embedding_length", .integer(1 << 50), "rope.dimension_count"),
    set("llama.feed_forward_length", .integer(1 << 24), "weights"),
    set("llama.attention.head_count", .integer(1 << 24), "head"),
    set("llama.attention.key_length", .integer(1 << 24), "rope.dimension_count"),
    set("llama.attention.head_count", .string("2"), "llama.attention.head_count"),
    set("tokenizer.ggml.token_type", .integers([Int](repeating: 7, count: 352)), "token_type"),
    set("tokenizer.ggml.tokens", .strings([String](repeating: "a", count: 352)), "twice"),
    Case("a scale that is no number", "blk.0.ffn_down.weight") { builder in
      for index in builder.tensors.indices where builder.tensors[index].name == "blk.0.ffn_down.weight" {
        builder.tensors[index].data.replaceSubrange(0..<2, with: [0x01, 0x7E])
      }
    },
  ]

  @Test("damage is named", arguments: damageCases)
  private func damage(_ one: Case) throws { try check(one) }

  @Test("another file, and an empty one")
  func magic() throws {
    let error = #expect(throws: TransformerError.self) { try load(Array("GGML and more bytes".utf8)) }
    #expect(error?.message.contains("does not begin with GGUF") == true)
    #expect(throws: TransformerError.self) { try load([]) }
  }

  @Test("a file that ends too early is refused wherever it ends")
  func truncations() throws {
    let bytes = try File.bytes(GGUFTests.path("llama"))
    // The last tensor may be followed by padding.
    for step in 0..<100 {
      let length = (bytes.count - 32) * step / 100
      #expect(throws: TransformerError.self, "\(length) bytes") { try load(Array(bytes[..<length])) }
    }
  }

  /// Reads as much of a file as there is: a model, a tokenizer, or tensors alone.
  private func read(_ name: String, _ bytes: [UInt8]) throws {
    guard name != "llama" else { return try load(bytes) }
    try withFolder { folder in
      try File.write(folder + "/x.gguf", bytes)
      if name != "types" {
        _ = try TokenizerFolder.texts(folder + "/x.gguf").encode("a <s> 12 b")
        return
      }
      let file = try GGUFFile(folder + "/x.gguf")
      for entry in file.entries.values {
        let count = entry.shape.reduce(1, *)
        let buffer = try FloatBuffer(count)
        file.copy(entry, elements: 0..<count, to: buffer.base)
        #expect(buffer.count == count)
      }
    }
  }

  @Test("whatever bytes change, the file is read or refused", arguments: ["llama", "tokens-spm", "types"])
  func attack(_ name: String) throws {
    let original = try File.bytes(GGUFTests.path(name))
    let samples = Samples(20_261_129)
    var next = 0
    func random(_ bound: Int) -> Int {
      next += 1
      return min(bound - 1, Int(samples.uniform(next) * Double(bound)))
    }
    // Most damage is done before the data.
    let header = try original.count - GGUFFile(GGUFTests.path(name)).data.count
    var read = 0
    for round in 0..<300 {
      var bytes = original
      for _ in 0...random(3) {
        let at = random((round % 8 == 7 ? bytes.count : min(header, bytes.count)) - 16)
        switch random(6) {
        case 0, 1: bytes[at] ^= 1 << UInt8(random(8))
        case 2: bytes[at] = UInt8(random(256))
        case 3:
          bytes.replaceSubrange(at..<at + 8, with: [UInt8](repeating: random(2) == 0 ? 255 : 0, count: 8))
        case 4: bytes.removeSubrange(at..<at + 1 + random(8))
        default: bytes.insert(contentsOf: bytes[at..<at + 1 + random(8)], at: at)
        }
      }
      do {
        try self.read(name, bytes)
        read += 1
      } catch is TransformerError {}
    }
    #expect((1..<300).contains(read), "some damage is only another letter of a name")
  }
}

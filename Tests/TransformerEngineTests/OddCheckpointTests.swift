internal import PolyaKit
import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

/// A small checkpoint, of Qwen2 with a tied head, that a test may change.
struct OddFolder {
  let path: String

  func write(_ name: String, _ text: String) throws { try File.write(path + "/" + name, Array(text.utf8)) }
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }
  func move(_ name: String, _ to: String) throws {
    try FileManager.default.moveItem(atPath: path + "/" + name, toPath: path + "/" + to)
  }
  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }
  /// Sets a key of the configuration to a JSON text; nil removes it.
  func set(_ key: String, _ value: String?, in file: String = "config.json") throws {
    let json = try JSON(parsing: File.bytes(path + "/" + file), name: file)
    var members = (json.members ?? []).filter { $0.key != key }.map {
      "\(JSON.quoted($0.key)): \($0.value.text)"
    }
    if let value { members.append("\(JSON.quoted(key)): \(value)") }
    try write(file, "{" + members.joined(separator: ",") + "}")
  }
  func tensors(header: (String) -> String = { $0 }, _ change: (inout TensorFile) throws -> Void) throws {
    var file = try TensorFile(path + "/model.safetensors")
    try change(&file)
    try file.write(path + "/model.safetensors", header: header)
  }
  func add(_ name: String, _ dtype: String, bytes count: Int, _ shape: [Int]) throws {
    try tensors {
      $0[name] = .init(name: name, dtype: dtype, shape: shape, bytes: .init(repeating: 1, count: count))
    }
  }
}

/// What people have in place of a checkpoint: each loads, or says what it is, where, and what to do.
struct OddCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Part of the message; nil: it loads.
  let message: String?
  let change: @Sendable (OddFolder) throws -> Void

  init(_ description: String, _ message: String?, _ change: @escaping @Sendable (OddFolder) throws -> Void) {
    testDescription = description
    self.message = message
    self.change = change
  }

  private static let key = "model.layers.1.self_attn.k_proj.weight"
  private static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 52\n"

  static let files: [OddCase] = [
    OddCase("unchanged", nil) { _ in },
    OddCase("no folder", "does not exist") { try FileManager.default.removeItem(atPath: $0.path) },
    OddCase("a file in place of the folder", "is no GGUF file; give a checkpoint folder") {
      try FileManager.default.removeItem(atPath: $0.path)
      try File.write($0.path, Array("{\"model_type\": 1}".utf8))
    },
    OddCase("an empty folder", "is empty") {
      for name in ["config.json", "tokenizer.json", "model.safetensors", "expected.golden"] {
        try $0.remove(name)
      }
    },
    OddCase("no configuration", "has no config.json") { try $0.remove("config.json") },
    OddCase("no tokenizer", "has no tokenizer.json") { try $0.remove("tokenizer.json") },
    OddCase("no weights", "has no model.safetensors") { try $0.remove("model.safetensors") },
    OddCase("only PyTorch's file", "pytorch_model.bin, which is a pickled PyTorch file") {
      try $0.move("model.safetensors", "pytorch_model.bin")
    },
    OddCase("only a GGUF file that is none", "is no GGUF file; give a checkpoint folder") {
      try $0.move("model.safetensors", "tiny.Q4_0.gguf")
      try $0.remove("config.json")
    },
    OddCase("shards without an index", "model.safetensors.index.json") {
      try $0.move("model.safetensors", "model-00001-of-00001.safetensors")
    },
    OddCase("the checkpoint in a folder of it", "checkpoint-500 has one; give that folder") {
      try $0.makeFolder("checkpoint-500")
      try $0.move("config.json", "checkpoint-500/config.json")
    },
    OddCase("sentence-transformers without a model of it", "a folder of sentence-transformers") {
      try $0.remove("config.json")
      try $0.write("modules.json", "[]")
    },
    OddCase("sentence-transformers with another model", "sentence-transformers") {
      try $0.set("model_type", "\"bert\"")
      try $0.write("modules.json", "[]")
    },
    OddCase("adapters without a configuration", "no adapter_config.json") {
      try $0.move("model.safetensors", "adapter_model.safetensors")
      try $0.remove("config.json")
    },
    OddCase("adapters in PyTorch's file", "adapter_model.bin, which is a pickled PyTorch file") {
      try $0.write(
        "adapter_config.json",
        #"{"peft_type": "LORA", "r": 1, "lora_alpha": 1, "base_model_name_or_path": "b"}"#)
      try $0.move("model.safetensors", "adapter_model.bin")
    },
    OddCase("a pointer in place of the weights", "git lfs pull") {
      try $0.write("model.safetensors", pointer)
    },
    OddCase("a pointer in place of the tokenizer", "git lfs pull") {
      try $0.write("tokenizer.json", pointer)
    },
    OddCase("a pointer in place of the configuration", "git lfs pull") {
      try $0.write("config.json", pointer)
    },
    OddCase("a web page", "is a web page") { try $0.write("config.json", "<!DOCTYPE html><html></html>") },
    OddCase("a web page as weights", "is a web page") { try $0.write("model.safetensors", "<html></html>") },
    OddCase("a folder in place of the weights", "is not a file") {
      try $0.remove("model.safetensors")
      try $0.makeFolder("model.safetensors")
    },
    OddCase("half a configuration", "is not valid JSON") {
      try $0.write("config.json", "{\"model_type\": \"qw")
    },
    OddCase("an empty configuration", "is not valid JSON") { try $0.write("config.json", "") },
    OddCase("a list as a configuration", "is not a JSON object") { try $0.write("config.json", "[1]") },
    OddCase("a configuration of brackets", "is not valid JSON") {
      try $0.write("config.json", String(repeating: "[", count: 200_000))
    },
    OddCase("a damaged generation_config.json", "is not valid JSON") {
      try $0.write("generation_config.json", "{")
    },
    OddCase("a damaged tokenizer_config.json", "is not valid JSON") {
      try $0.write("tokenizer_config.json", "{")
    },
  ]

  static let configurations: [OddCase] = [
    OddCase("dropout", nil) { try $0.set("attention_dropout", "0.1") },
    OddCase("products that were once split", nil) { try $0.set("pretraining_tp", "2") },
    OddCase("a part of each head", "partial_rotary_factor") { try $0.set("partial_rotary_factor", "0.5") },
    OddCase("layers beyond counting", "num_hidden_layers") {
      try $0.set("num_hidden_layers", "9000000000000000000")
    },
    OddCase("quantized", "quantized (bitsandbytes)") {
      try $0.set("quantization_config", "{\"quant_method\": \"bitsandbytes\"}")
    },
    OddCase("another architecture", "model_type") { try $0.set("model_type", "\"mamba\"") },
    OddCase("no sizes", "lacks hidden_size") { try $0.set("hidden_size", nil) },
    OddCase("a size that is text", "hidden_size") { try $0.set("hidden_size", "\"24\"") },
    OddCase("no width", "hidden size is 0") { try $0.set("hidden_size", "0") },
    OddCase("a negative width", "hidden size is -8") { try $0.set("hidden_size", "-8") },
    OddCase("no heads", "num_attention_heads") { try $0.set("num_attention_heads", "0") },
    OddCase("heads that do not divide", "cannot share") { try $0.set("num_key_value_heads", "3") },
    OddCase("a vocabulary beyond memory", "vocabulary size") { try $0.set("vocab_size", "1000000000000") },
    OddCase("another vocabulary", "shape") { try $0.set("vocab_size", "40") },
    OddCase("a vocabulary below the tokenizer's", "a vocabulary of 1") { try $0.set("vocab_size", "1") },
    OddCase("more layers than weights", "lacks tensor model.layers.2") {
      try $0.set("num_hidden_layers", "3")
    },
    OddCase("fewer layers than weights", "does not use") { try $0.set("num_hidden_layers", "1") },
    OddCase("no positions", "context length is 0") { try $0.set("max_position_embeddings", "0") },
    OddCase("a base of angles below 0", "rope_theta is -1") {
      try $0.set("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": -1}")
    },
    OddCase("an infinite base of angles", "rope_theta is inf") {
      try $0.set("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": 1e999}")
    },
    OddCase("unknown positions", "rope_type") {
      try $0.set("rope_parameters", "{\"rope_type\": \"spiral\"}")
    },
    OddCase("no epsilon", "epsilon is 0") { try $0.set("rms_norm_eps", "0") },
    OddCase("an end that is no token", "eos_token_id") { try $0.set("eos_token_id", "\"</s>\"") },
    OddCase("untied without a head", "lacks tensor lm_head.weight") {
      try $0.set("tie_word_embeddings", "false")
    },
    OddCase("a flag that is text", "tie_word_embeddings") { try $0.set("tie_word_embeddings", "\"yes\"") },
  ]

  static let tensors: [OddCase] =
    [("BOOL", 1), ("U8", 1), ("I8", 1), ("I16", 2), ("I32", 4), ("I64", 8)].map { type, width in
      OddCase("a buffer of \(type)", nil) {
        try $0.add("model.layers.0.self_attn.mask", type, bytes: 4 * width, [2, 2])
      }
    } + [
      OddCase("frequencies in double precision", nil) {
        try $0.add("model.layers.0.self_attn.rotary_emb.inv_freq", "F64", bytes: 24, [3])
      },
      OddCase("a head that is the embedding", nil) {
        try $0.tensors { file in
          var head = file["model.embed_tokens.weight"]
          head.name = "lm_head.weight"
          file["lm_head.weight"] = head
        }
      },
      OddCase("a head that is not the embedding", "tie_word_embeddings") {
        try $0.add("lm_head.weight", "F32", bytes: 41 * 24 * 4, [41, 24])
      },
      OddCase("weights in double precision", nil) {
        try $0.tensors { file in
          let single = file[key]
          file[key].dtype = "F64"
          file[key].bytes = stride(from: 0, to: single.bytes.count, by: 4).flatMap { at in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(single.bytes[at + $1]) << (8 * UInt32($1)) }
            let wide = Double(Float(bitPattern: bits)).bitPattern
            return (0..<8).map { UInt8(wide >> (8 * UInt64($0)) & 255) }
          }
        }
      },
      OddCase("weights in whole numbers", "has type I8, as in quantized models") {
        try $0.tensors {
          $0[key].dtype = "I8"
          $0[key].bytes.removeLast($0[key].bytes.count * 3 / 4)
        }
      },
      OddCase("weights in eight bits", "has type F8_E4M3, as in quantized models") {
        try $0.tensors {
          $0[key].dtype = "F8_E4M3"
          $0[key].bytes.removeLast($0[key].bytes.count * 3 / 4)
        }
      },
      OddCase("an unknown type", "has type F4") { try $0.add("scales", "F4", bytes: 2, [4]) },
      OddCase("a tensor too many", "has tensor model.adapter.weight") {
        try $0.add("model.adapter.weight", "F32", bytes: 8, [2])
      },
      OddCase("a tensor too few", "lacks tensor \(key)") {
        try $0.tensors { $0.tensors.removeAll { $0.name == key } }
      },
      OddCase("a transposed tensor", "has shape [24, 12]") { try $0.tensors { $0[key].shape.reverse() } },
      OddCase("a compiled model", nil) { try $0.tensors { $0.rename { "_orig_mod." + $0 } } },
      OddCase("a distributed model", nil) { try $0.tensors { $0.rename { "module." + $0 } } },
      OddCase("a model in a model", nil) { try $0.tensors { $0.rename { "model." + $0 } } },
      OddCase("a bare model", nil) { try $0.tensors { $0.rename { String($0.dropFirst("model.".count)) } } },
      OddCase("a compiled bare model", nil) {
        try $0.tensors { $0.rename { "_orig_mod." + $0.dropFirst("model.".count) } }
      },
      OddCase(
        "a model compiled inside", "has model._orig_mod.embed_tokens.weight: it was stored from a wrapper"
      ) {
        try $0.tensors { $0.rename { $0.replacing("model.", with: "model._orig_mod.") } }
        try $0.add("lm_head.weight", "F32", bytes: 41 * 24 * 4, [41, 24])
      },
      OddCase("the language part of a larger model", "it was stored from a wrapper") {
        try $0.tensors { $0.rename { "language_model." + $0 } }
        try $0.add("vision_tower.patch.weight", "F32", bytes: 8, [2])
      },
      OddCase("no number", "not finite") {
        try $0.tensors { $0[key].bytes.replaceSubrange(0..<4, with: [0, 0, 192, 127]) }
      },
    ]

  static let headers: [OddCase] = [
    OddCase("a truncated file", "is damaged") {
      try File.write(
        $0.path + "/model.safetensors", Array(File.bytes($0.path + "/model.safetensors").dropLast(3)))
    },
    OddCase("an empty file", "is empty") { try $0.write("model.safetensors", "") },
    OddCase("five bytes", "too few") { try $0.write("model.safetensors", "abcde") },
    OddCase("a header beyond the file", "says its header has") {
      try File.write($0.path + "/model.safetensors", [255, 255, 255, 255, 255, 255, 255, 127, 1, 2])
    },
    OddCase("a tensor twice", "listed twice") {
      try $0.tensors(header: {
        $0.replacing("layers.1.self_attn.k_proj.weight", with: "layers.0.self_attn.k_proj.weight")
      }) { _ in }
    },
    OddCase("a negative size", "is damaged") {
      try $0.tensors(header: { $0.replacing("\"shape\":[41, 24]", with: "\"shape\":[-41, -24]") }) { _ in }
    },
    OddCase("a size beyond all", "is damaged") {
      try $0.tensors(header: {
        $0.replacing("\"shape\":[41, 24]", with: "\"shape\":[4611686018427387904, 24]")
      }) { _ in }
    },
    OddCase("a gap", "is damaged") {
      try $0.tensors { $0.tensors.removeAll { $0.name == key } }
      try File.write(
        $0.path + "/model.safetensors", File.bytes($0.path + "/model.safetensors") + [0, 0, 0, 0])
    },
    OddCase("an index without a map", "lacks weight_map") { try index($0, "{\"metadata\": {}}") },
    OddCase("an index that points outside", "not in its folder") {
      try index($0, "{\"weight_map\": {\"\(key)\": \"../model.safetensors\"}}")
    },
    OddCase("an index with numbers", "not in its folder") {
      try index($0, "{\"weight_map\": {\"\(key)\": 1}}")
    },
    OddCase("an index of a missing shard", "2-of-2.safetensors") {
      try index($0, "{\"weight_map\": {\"\(key)\": \"2-of-2.safetensors\"}}")
    },
    OddCase("an index of some tensors", "lacks tensor") {
      try index($0, "{\"weight_map\": {\"\(key)\": \"1-of-2.safetensors\"}}")
    },
    OddCase("an index of tensors that are not there", "which lacks it") {
      try index($0, "{\"weight_map\": {\"x\": \"1-of-2.safetensors\"}}")
    },
  ]

  private static func index(_ folder: OddFolder, _ text: String) throws {
    try folder.move("model.safetensors", "1-of-2.safetensors")
    try folder.write("model.safetensors.index.json", text)
  }
}

@Suite("Odd checkpoint folders")
struct OddCheckpointTests {
  @Test(
    "each loads, or says what it is, where, and what to do",
    arguments: OddCase.files + OddCase.configurations + OddCase.tensors + OddCase.headers)
  func odd(_ odd: OddCase) throws {
    try withFolder { parent in
      let folder = OddFolder(path: parent + "/checkpoint")
      try FileManager.default.copyItem(
        atPath: GoldenFile.fixtures.appending(path: "checkpoints/qwen2").path, toPath: folder.path)
      try folder.write("tokenizer.json", AdapterTests.tokenizer)
      let sequences = [ScoredSequence(tokens: [1, 2, 3, 4, 5], from: 1)]
      let plain = try TransformerModel(folder: folder.path).score(sequences, threads: 1)[0].logprobs
      try odd.change(folder)
      guard let part = odd.message else {
        let model = try TransformerModel(folder: folder.path)
        #expect(try model.score(sequences, threads: 1)[0].logprobs == plain)
        return
      }
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder.path) }
      let message = error?.message ?? ""
      #expect(message.contains(part) && message.contains(folder.path), "\(message)")
      // What to do follows a semicolon, or what is supported is said.
      #expect(message.contains("; ") || message.contains("supports only"), "\(message)")
    }
  }
}

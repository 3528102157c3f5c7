internal import PolyaKit

import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Checkpoints")
struct CheckpointTests {
  /// A folder that is removed afterwards.
  @Test("save and load bring back every bit, and the saved bytes")
  func roundTrip() throws {
    try withFolder { folder in
      for tied in [true, false] {
        var shape = Shape.odd
        shape.tied = tied
        let model = try randomModel(shape)
        try model.save(folder)
        let loaded = try TransformerModel(folder: folder)
        #expect(loaded.weights == model.weights && loaded.shape == shape)
        #expect(loaded.endTokens == model.endTokens && loaded.tokenizer.json == model.tokenizer.json)
        let first = try File.bytes(folder + "/model.safetensors")
        try loaded.save(folder)
        #expect(try File.bytes(folder + "/model.safetensors") == first)
      }
    }
  }

  private enum Damage: CaseIterable {
    case truncated, longer, headerLength, headerText, weightBit, notANumber, wrongShape, missing, surplus,
      empty
  }

  @Test("a damaged file is refused, and the old weights stay", arguments: Damage.allCases)
  private func damaged(_ damage: Damage) throws {
    try withFolder { folder in
      let model = try randomModel()
      let path = folder + "/model.safetensors"
      try randomModel(seed: 8).save(folder)
      var bytes = try File.bytes(path)
      let header = 8 + bytes[0..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      func replace(_ old: String, _ new: String) {
        let text = String(decoding: bytes[8..<header], as: UTF8.self)
        precondition(text.contains(old) && old.utf8.count == new.utf8.count)
        bytes.replaceSubrange(
          8..<header, with: Array(text.replacing(old, with: new, maxReplacements: 1).utf8))
      }
      switch damage {
      case .truncated: bytes.removeLast(5)
      case .longer: bytes += [0, 0, 0, 0]
      case .headerLength: bytes[5] ^= 0x40
      case .headerText: bytes[20] ^= 0x04
      case .weightBit: bytes[header + 4001] ^= 0x10
      case .notANumber:
        replace("polya.checksum", "other.checksum")
        bytes.replaceSubrange(header + 400..<header + 404, with: [0, 0, 0xC0, 0x7F])
      case .wrongShape: replace("[60,52]", "[52,60]")
      case .missing, .surplus: replace("model.norm.weight", "model.norm.weighs")
      case .empty: bytes = []
      }
      try File.write(path, bytes)
      let before = model.weights
      #expect(throws: TransformerError.self) { try model.load(folder) }
      #expect(model.weights == before)
    }
  }

  @Test("an error names the tensor")
  func names() throws {
    try withFolder { folder in
      try randomModel().save(folder)
      let path = folder + "/config.json"
      let text = String(decoding: try File.bytes(path), as: UTF8.self)
      try File.write(
        path, Array(text.replacing("\"intermediate_size\": 75", with: "\"intermediate_size\": 76").utf8))
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error?.message.contains("model.layers.0.mlp.gate_proj.weight") == true)
    }
  }

  @Test(
    "a configuration that this engine cannot compute is refused by its key",
    arguments: [
      ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act"),
      ("\"model_type\": \"llama\"", "\"model_type\": \"mixtral\"", "model_type"),
      ("LlamaForCausalLM", "MistralForCausalLM", "architectures"),
      ("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"dynamic\"}", "rope_scaling"),
      ("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"longrope\"}", "short_factor"),
      ("\"vocab_size\": 261", "\"vocab_size\": \"x\"", "vocab_size"),
      ("\"vocab_size\": 261", "\"vocab\": 261", "vocab_size"),
    ])
  func configuration(_ old: String, _ new: String, _ key: String) throws {
    let shape = Shape.odd
    let text = Configuration(shape: shape, bos: nil, eos: [256], pad: 257).text
    #expect(try Configuration(JSON(parsing: Array(text.utf8), name: "c"), path: "c").shape == shape)
    let changed = text.replacing(old, with: new)
    #expect(changed != text)
    let error = #expect(throws: TransformerError.self) {
      try Configuration(JSON(parsing: Array(changed.utf8), name: "c"), path: "c")
    }
    #expect(error?.message.contains(key) == true)
  }

  @Test("half precision is read exactly")
  func halfPrecision() throws {
    try withFolder { folder in
      // 1, -2, 65504 (the largest half), 2^-24 (the smallest), -0 and infinity, from the IEEE 754 tables
      let halves: [UInt16] = [0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00]
      let brains: [UInt16] = [0x3F80, 0xC000, 0x0000, 0x0000, 0x8000, 0x7F80]
      var header = #"{"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"#
      header += #""b":{"dtype":"BF16","shape":[6],"data_offsets":[12,24]}}"#
      var bytes: [UInt8] = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
      for word in halves + brains { bytes += [UInt8(word & 255), UInt8(word >> 8)] }
      try File.write(folder + "/x", bytes)
      let file = try SafetensorsFile(folder + "/x")
      let buffer = try FloatBuffer(6)
      for (name, expected) in [
        ("h", [1, -2, 65504, 0x1p-24, -0.0, .infinity]), ("b", [1, -2, 0, 0, -0.0, Float.infinity]),
      ] {
        file.copy(try #require(file.entries[name]), elements: 0..<6, to: buffer.base)
        #expect((0..<6).map { buffer.base[$0].bitPattern } == expected.map(\.bitPattern))
      }
    }
  }
}

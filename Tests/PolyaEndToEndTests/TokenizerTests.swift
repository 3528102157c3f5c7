import Foundation
import PolyaTestSupport
import Testing

/// Token ids are exchanged only between models of one tokenizer.
struct TokenizerTests {
  @Test func aReferenceWithAnotherTokenizerIsRefused() throws {
    let folder = try TemporaryFolder()
    let base = Repository.root.appending(path: "examples/quickstart/base").path
    func manifest(_ reference: String) -> String {
      """
      { polya: 1, run: { name: "foreign", "max-unscored": 1 },
        plugins: { base: { use: "polya.transformer", options: { folder: "\(base)" } },
                   fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 16, layers: 1, heads: 1,
                            "key-value-heads": 1, "feed-forward": 16, context: 320 } },
                   words: { use: "polya.word-arithmetic" }, shape: { use: "polya.shape" } },
        tasks: { train: { from: "words", split: "train", count: 2 } },
        stages: { rl: { kind: "reinforce", model: "fresh", "reference-model": "\(reference)", "kl-coefficient": 0.1, tasks: "train", steps: 1,
                        rewards: [{ use: "shape" }], "prompts-per-step": 1, "group-size": 2, "max-tokens": 4 } } }
      """
    }
    func run(_ reference: String) throws -> CommandResult {
      try Command.polya(["run", try folder.write("m.json5", manifest(reference))], folder: folder.url)
    }
    let refused = try run("base")
    #expect(refused.status != 0)
    #expect(
      refused.errors.replacing("\n", with: " ").contains(
        "the model 'base' has a different tokenizer from 'fresh'"), "\(refused.errors)")
    let own = try run("fresh")
    #expect(own.status == 0, "\(own.errors)")
  }
}

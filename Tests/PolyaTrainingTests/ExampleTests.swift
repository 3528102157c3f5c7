import PolyaCore
import PolyaRecords
import PolyaTraining
import Testing

/// Training records as token ids.
struct ExampleTests {
  private let model = BigramModel(vocabulary: 4, seed: 3, context: 6)

  private func record(_ prompt: String, _ completion: String, _ tokens: [Int32] = []) -> TrainingRecord {
    TrainingRecord(
      id: "r", task: "", prompt: prompt, completion: completion, tokens: tokens, heuristic: "", parents: [])
  }

  @Test func aTargetEndsWithTheEndToken() throws {
    let (sequences, tooLong) = try TokenSequence.examples([record("ab", "ca")], for: model)
    #expect(sequences == [TokenSequence(tokens: [1, 2, 3, 1, 0], from: 2)])
    #expect(sequences.map(\.scoredCount) == [3] && tooLong == 0)
  }

  /// Sampled ids stay as they were, also where the tokenizer would cut the text in another way; ids that a limit cut
  /// off end nowhere, so the text is encoded again.
  @Test func sampledIdsAreKeptWhenTheyEnd() throws {
    let (sequences, _) = try TokenSequence.examples(
      [record("a", "bb", [3, 0]), record("a", "bb", [3, 3])], for: model)
    #expect(sequences.map(\.tokens) == [[1, 3, 0], [1, 2, 2, 0]])
  }

  @Test func whatDoesNotFitIsCounted() throws {
    let (sequences, tooLong) = try TokenSequence.examples(
      [record("abc", "ab"), record("abc", "abc"), record("a", "")], for: model)
    #expect(sequences.map(\.tokens) == [[1, 2, 3, 1, 2, 0], [1, 0]] && tooLong == 1)
  }
}

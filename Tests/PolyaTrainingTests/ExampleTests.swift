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
    model.pieces[3] = Array("bb".utf8)
    let (sequences, _) = try TokenSequence.examples(
      [record("a", "bb", [3, 0]), record("a", "bb", [3, 3])], for: model)
    #expect(sequences.map(\.tokens) == [[1, 3, 0], [1, 2, 2, 0]])
  }

  /// Tokenizers of SentencePiece drop the space before the first word, and strategies what follows the last one.
  @Test func spacesAroundSampledIdsDoNotMatter() throws {
    model.stripsFirstSpace = true
    model.pieces = [2: Array(" b".utf8), 3: Array("\n".utf8)]
    let (sequences, _) = try TokenSequence.examples(
      [record("a", " b", [2, 0]), record("a", " b", [2, 3, 0]), record("a", "b", [2, 0])], for: model)
    #expect(sequences.map(\.tokens) == [[1, 2, 0], [1, 2, 3, 0], [1, 2, 0]])
  }

  /// Of another text, or of a model with more tokens.
  @Test func idsThatDoNotStandForTheTargetAreNotUsed() throws {
    let (sequences, _) = try TokenSequence.examples(
      [record("a", "bb", [1, 0]), record("a", "bb", [77, 0])], for: model)
    #expect(sequences.map(\.tokens) == [[1, 2, 2, 0], [1, 2, 2, 0]])
  }

  /// The template says what comes before the assistant's words and what ends its turn; the space that separates a solution
  /// from a bare prompt is not part of them.
  @Test func aChatModelLearnsTheWholeTurn() throws {
    let chat = BigramModel(vocabulary: 10, seed: 3)
    chat.info.chats = true
    let (start, end) = (BigramModel.turnStart, BigramModel.turnEnd)
    let (sequences, _) = try TokenSequence.examples([record("ab", " ca")], for: chat)
    #expect(sequences == [TokenSequence(tokens: [1, 2, start, 3, 1, end], from: 3)])
    // Sampled ids without the space, and with the end of the turn as the model's own.
    chat.info.eos = end
    chat.pieces[5] = Array("ca".utf8)
    let (sampled, _) = try TokenSequence.examples([record("ab", " ca", [5, end])], for: chat)
    #expect(sampled.map(\.tokens) == [[1, 2, start, 5, end]])
    // A target that the user wrote is taken as it is.
    let own = try PromptTemplate(prompt: "{question}", target: "b{solution}")
    let (written, _) = try TokenSequence.examples([record("ab", "bca")], for: chat, template: own)
    #expect(written == [TokenSequence(tokens: [1, 2, start, 2, 3, 1, end], from: 3)])
  }

  @Test func whatDoesNotFitIsCounted() throws {
    let (sequences, tooLong) = try TokenSequence.examples(
      [record("abc", "ab"), record("abc", "abc"), record("a", "")], for: model)
    #expect(sequences.map(\.tokens) == [[1, 2, 3, 1, 2, 0], [1, 0]] && tooLong == 1)
  }
}

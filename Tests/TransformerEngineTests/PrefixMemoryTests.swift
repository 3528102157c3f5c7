import Testing

@testable import TransformerEngine
@testable import TransformerTokenizer

/// Prompts that begin alike are computed from where they part, with the samples of prompts that were computed alone.
@Suite("Prompts that begin alike")
struct PrefixMemoryTests {
  /// Two families of prompts: a common beginning of `shared` tokens, then different ends, out of order; and one prompt that is
  /// another's beginning, and one that is there twice.
  private func prompts(_ shared: Int, vocabulary: Int, context: Int) -> [GenerationPrompt] {
    let random = Samples(9)
    let families = (0..<2).map { random.tokens(shared, below: vocabulary, stream: 100 + $0) }
    var tokens = (0..<8).map { index in
      families[index % 2] + random.tokens(1 + 5 * index, below: vocabulary, stream: index)
    }
    tokens += [families[0], tokens[3], Array(tokens[5].dropLast(2))]
    return tokens.enumerated().map { index, tokens in
      GenerationPrompt(
        tokens: Array(tokens.prefix(context - 8)), seed: UInt64(index), samples: 1 + index % 3, maxTokens: 6)
    }
  }

  @Test("give the same samples as alone, in every architecture", arguments: ArchitectureTests.names)
  func sameSamples(_ name: String) throws {
    let network = try ArchitectureTests.network(name)
    let pieces = Tokenizer.bytes().pieces
    func samples(_ prompts: [GenerationPrompt], threads: Int) throws -> [Continuation] {
      try network.generate(
        Generation(prompts, ends: [], pieces: pieces, stop: StopSignal { false }, finished: nil),
        threads: threads)
    }
    // The tiles of attention have 48 rows, its panels 16 columns or fewer.
    for shared in [1, 17, 48, 70] {
      let prompts = prompts(
        shared, vocabulary: min(network.shape.vocabulary, 200), context: network.shape.context)
      network.prefixBytes = nil
      let alone = try prompts.flatMap { try samples([$0], threads: 1) }
      for threads in 1...2 {
        #expect(try samples(prompts, threads: threads) == alone, "\(shared) shared tokens")
      }
      network.prefixBytes = 4 * network.widths.layers * 2 * network.widths.keyValue * 11
      #expect(try samples(prompts, threads: 1) == alone, "\(shared) shared tokens, room for 11")
    }
  }

  @Test("are computed from where they part")
  func shared() throws {
    let network = try ArchitectureTests.network("llama2")
    var counter = FloatCarver()
    _ = PrefixMemory(&counter, network.widths, longest: 8, bytes: 1 << 20)
    let buffer = try FloatBuffer(counter.used)
    var carver = FloatCarver(buffer.base)
    let memory = try #require(PrefixMemory(&carver, network.widths, longest: 8, bytes: 1 << 20))
    #expect(memory.begin([1, 2, 3, 4]) == 0)
    #expect(memory.begin([1, 2, 3, 5, 6]) == 3)
    #expect(memory.begin([1, 2, 3, 5, 6]) == 4, "the last token is computed for the distribution after it")
    #expect(memory.begin([1, 2]) == 1)
    #expect(memory.begin([1, 2, 3, 5, 6]) == 2)
    #expect(memory.begin(Array(1...20)) == 3)
    #expect(memory.begin(Array(1...20)) == 8, "no more than there is room for")
    withExtendedLifetime(buffer) {}
  }

  /// Forty tokens in common and three of their own, twelve times; drawing computes no others.
  @Test("go through the layers once", arguments: [false, true])
  func counted(together: Bool) throws {
    let network = try ArchitectureTests.network("llama2")
    let random = Samples(3)
    let common = random.tokens(40, below: 20)
    let prompts = (0..<12).map { index in
      GenerationPrompt(
        tokens: common + [Int32(20 + index)] + random.tokens(2, below: 20, stream: index), seed: 1,
        samples: 3, maxTokens: 2)
    }
    func computed(_ prompts: [GenerationPrompt]) throws -> Int {
      let job = Generation(
        prompts, ends: [], pieces: Tokenizer.bytes().pieces, stop: StopSignal { false }, finished: nil)
      _ = try network.generate(job, threads: 1)
      return job.computedPromptTokens
    }
    guard together else {
      return #expect(try prompts.map { try computed([$0]) } == Array(repeating: 43, count: 12))
    }
    #expect(try computed(prompts) == 40 + 12 * 3)
  }

  @Test("follow each other, whatever order they came in")
  func order() throws {
    let prompts = [[3, 1], [1, 2, 3], [2], [1, 2], [3, 1]].enumerated().map { index, tokens in
      GenerationPrompt(
        tokens: tokens.map { Int32($0) }, seed: 0, samples: 2, firstSample: 5 * index, maxTokens: 1)
    }
    let job = Generation(
      prompts, ends: [], pieces: Tokenizer.bytes().pieces, stop: StopSignal { false }, finished: nil)
    let queue = (0..<job.count).compactMap { _ in job.next() }
    #expect(queue.map(\.prompt) == [3, 3, 1, 1, 2, 2, 0, 0, 4, 4])
    #expect(queue.map(\.result) == [6, 7, 2, 3, 4, 5, 0, 1, 8, 9])
    #expect(queue.map(\.number) == [15, 16, 5, 6, 10, 11, 0, 1, 20, 21])
  }
}

internal import Synchronization
internal import TransformerTokenizer

/// One call of ``TransformerModel/generate(_:threads:shouldStop:finished:)``: the queue of samples and their results.
///
/// Safety: what is written after `init` is atomic, behind a lock, or an element of `results`, which one thread writes once.
final class Generation: @unchecked Sendable {
  /// One to be drawn: where its result goes, its prompt, and which of the prompt's samples it is.
  struct Sample { let result, prompt, number: Int }

  let prompts: [GenerationPrompt]
  let ends: [Int32]
  let pieces: TokenPieces
  let stop: StopSignal
  private let finished: (@Sendable (Int) -> Void)?
  private let queue: [Sample]
  private let taken = Atomic<Int>(0)
  private let computed = Atomic<Int>(0)
  /// Each element is written by one thread, once.
  private let results: UnsafeMutablePointer<Continuation?>
  private let failure = Mutex<(any Error)?>(nil)

  init(
    _ prompts: [GenerationPrompt], ends: [Int32], pieces: TokenPieces,
    stop: StopSignal, finished: (@Sendable (Int) -> Void)?
  ) {
    self.prompts = prompts
    self.ends = ends
    self.pieces = pieces
    self.stop = stop
    self.finished = finished
    // Prompts that begin alike follow each other, so that each goes on from the one before it.
    let order = prompts.indices.sorted { prompts[$0].tokens.lexicographicallyPrecedes(prompts[$1].tokens) }
    let firsts = prompts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.samples) }
    queue = order.flatMap { index in
      (0..<prompts[index].samples).map {
        Sample(result: firsts[index] + $0, prompt: index, number: prompts[index].firstSample + $0)
      }
    }
    results = .allocate(capacity: max(1, queue.count))
    results.initialize(repeating: nil, count: queue.count)
  }

  deinit {
    results.deinitialize(count: queue.count)
    results.deallocate()
  }

  var count: Int { queue.count }

  func next() -> Sample? {
    let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    guard index < queue.count else { return nil }
    return queue[index]
  }

  /// The tokens of prompts that went through the layers: those that a prompt shares with the one before do not.
  var computedPromptTokens: Int { computed.load(ordering: .relaxed) }

  func computesPrompt(tokens: Int) { computed.wrappingAdd(tokens, ordering: .relaxed) }

  func finish(_ index: Int, _ continuation: Continuation) {
    results[index] = continuation
    finished?(index)
  }

  /// Ends the other threads' work as well.
  func fail(_ error: any Error) {
    stop.raise()
    failure.withLock { if $0 == nil { $0 = error } }
  }

  func collect() throws -> [Continuation] {
    if let error = failure.withLock({ $0 }) { throw error }
    return (0..<queue.count).compactMap { results[$0] }
  }
}

extension Network {
  /// Rows that one thread decodes together: at most so many, at least as many as use each weight well. Between both, where
  /// the weights fit into the last-level cache, whose usual size is meant, so many that keys and values do too.
  private static let (mostRows, fewestRows, sharedCache) = (64, 12, 32 << 20)
  /// With at most so many rows a thread, and weights that do not fit into its cache, reading them takes longer than
  /// computing with them, so the threads work as a team.
  private static let (teamRows, teamWeights) = (8, 4 << 20)
  /// Bytes of keys and values that one thread's rows may take.
  private static let cacheBytes = 1 << 30
  /// Bytes of keys and values that one thread keeps of the last prompt.
  private static let prefixBytes = 256 << 20

  /// - Parameter asTeam: whether threads share products; decided by the work when nil.
  func generate(_ job: Generation, threads: Int, asTeam: Bool? = nil) throws -> [Continuation] {
    for (index, prompt) in job.prompts.enumerated() { try prompt.check(index, shape) }
    guard job.count > 0 else { return [] }
    let longestPrompt = job.prompts.reduce(1) { max($0, $1.tokens.count) }
    let capacity = job.prompts.reduce(1) { max($0, min($1.maxTokens, shape.context - $1.tokens.count)) }
    try coverPositions(longestPrompt + capacity)
    let isTeam =
      asTeam ?? (job.count <= Self.teamRows * threads && layout.count >= Self.teamWeights) && threads > 1
    let workers = isTeam ? 1 : min(threads, job.count)
    let rows = liveRows(job, workers: workers)
    let blocks = blockCount(rows: rows, prompt: longestPrompt, new: capacity)
    typealias Part = (space: DecoderSpace, workspace: Workspace, prefill: Activations, prefix: PrefixMemory)
    func carve(_ carver: inout FloatCarver) -> [Part] {
      (0..<workers).compactMap { _ -> Part? in
        let space = DecoderSpace(&carver, self, rows: rows, blocks: blocks, longest: longestPrompt + capacity)
        let workspace = Workspace(&carver, self, longest: longestPrompt)
        let prefill = Activations(&carver, widths, tokens: longestPrompt, keeping: .nothing)
        let prefix = PrefixMemory(
          &carver, widths, longest: longestPrompt, bytes: prefixBytes ?? Self.prefixBytes)
        guard let space, let workspace, let prefill, let prefix else { return nil }
        return (space, workspace, prefill, prefix)
      }
    }
    var counter = FloatCarver()
    _ = carve(&counter)
    let buffer = try workspaces.take(counter.used)
    defer { workspaces.put(buffer) }
    var carver = FloatCarver(buffer.base)
    let parts = carve(&carver)
    pool.run(workers, threads: workers) { _, index in
      do {
        let part = parts[index]
        var decoder = Decoder(
          self, part.space, part.workspace, part.prefill, part.prefix, job, team: isTeam ? threads : 1)
        try decoder.run()
      } catch {
        job.fail(error)
      }
    }
    return try job.collect()
  }

  /// Decides nothing but the speed.
  private func liveRows(_ job: Generation, workers: Int) -> Int {
    let each = (job.count + workers - 1) / workers
    // A row's own keys and values half-way, and its share of its prompt's.
    let positions = job.prompts.reduce(0) {
      $0 + $1.tokens.count + $1.samples * min($1.maxTokens, shape.context - $1.tokens.count) / 2
    }
    let bytes = 8 * widths.layers * widths.keyValue * max(1, positions / job.count)
    let cached = Self.sharedCache / workers / bytes
    let most = min(Self.mostRows, each)
    guard 4 * layout.count <= Self.sharedCache, cached >= Self.fewestRows, cached < most else { return most }
    // Waves of the same size.
    let waves = (most + cached - 1) / cached
    return (most + waves - 1) / waves
  }

  /// As many blocks as the rows can ever fill, or as the memory allows; at least enough for one row.
  private func blockCount(rows: Int, prompt: Int, new: Int) -> Int {
    let row = KeyValueBlocks.blocks(prompt) + KeyValueBlocks.blocks(new)
    return min(rows * row, max(row, (blockBytes ?? Self.cacheBytes) / (4 * KeyValueBlocks.size(self))))
  }
}

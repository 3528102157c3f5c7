internal import CTransformerKernels
internal import TransformerFiles
internal import TransformerTokenizer

/// Decoding of one thread, or of a team for few rows: a set of live rows that goes through all layers together, token by
/// token.
///
/// Rows do not influence each other, so it does not matter which rows share a step: a row that ends is replaced by the
/// next job at once, and threads need not wait for each other. A team shares each product instead, so that few rows
/// read the weights once, with the bandwidth of all threads.
struct Decoder {
  let network: Network
  let space: DecoderSpace
  private let workspace: Workspace
  private let prefill: Activations
  private let prefix: PrefixMemory
  private var sampler: TokenSampler
  private let job: Generation
  let team: Int
  private(set) var rows: [DecodingRow] = []
  /// Samples that made room for older ones, and are drawn again.
  private var postponed: [Generation.Sample] = []
  private var lastCache: PromptCache?
  /// Of each row in this step: its position in the sequence.
  private var positions: [Int32] = []
  /// Neighboring rows with the same prompt.
  private(set) var groups: [Range<Int>] = []
  private var finished: [Int] = []

  init(
    _ network: Network, _ space: DecoderSpace, _ workspace: Workspace, _ prefill: Activations,
    _ prefix: PrefixMemory, _ job: Generation, team: Int
  ) {
    self.network = network
    self.space = space
    self.workspace = workspace
    self.prefill = prefill
    self.prefix = prefix
    self.job = job
    self.team = team
    sampler = TokenSampler(
      network.kernels, vocabulary: network.widths.vocabulary, probabilities: space.probabilities)
    rows.reserveCapacity(space.rows)
  }

  /// Works until no job is left.
  mutating func run() throws {
    while true {
      while rows.count < space.rows, let next = postponed.popLast() ?? job.next() {
        guard try start(next) else {
          postponed.append(next)
          break
        }
      }
      guard !rows.isEmpty else { return }
      try job.stop.check()
      makeRoom()
      step()
      try sample()
    }
  }

  // MARK: Rows

  /// False when there is no room for the sample now.
  private mutating func start(_ sample: Generation.Sample) throws -> Bool {
    let prompt = job.prompts[sample.prompt]
    if lastCache?.prompt != sample.prompt {
      lastCache = nil
      let blocks = KeyValueBlocks.blocks(prompt.tokens.count)
      // One more for its first tokens.
      guard blocks < space.memory.freeCount else { return false }
      lastCache = try read(sample.prompt, prompt, (0..<blocks).compactMap { _ in space.memory.take() })
    }
    guard let cache = lastCache, space.memory.freeCount > 0 else { return false }
    var row = DecodingRow(sample, cache: cache)
    let expected = min(prompt.maxTokens, 256)
    row.tokens.reserveCapacity(expected)
    row.logprobs.reserveCapacity(expected)
    let ended = try Self.extend(&row, cache.logits.base, &sampler, job, context: network.shape.context)
    if !ended { rows.append(row) }
    return true
  }

  /// Gives every row that needs one a block for its next position. When there are no more, the last rows give theirs
  /// back, and are drawn again later: the same, since nothing but their numbers decides.
  private mutating func makeRoom() {
    var index = 0
    while index < rows.count {
      let needed = KeyValueBlocks.blocks(rows[index].tokens.count)
      if rows[index].blocks.count < needed {
        if space.memory.freeCount == 0 { lastCache = nil }
        while space.memory.freeCount == 0, rows.count > index + 1 { postpone() }
        guard let block = space.memory.take() else {
          postpone()
          return
        }
        rows[index].blocks.append(block)
      }
      index += 1
    }
  }

  private mutating func postpone() {
    let row = rows.removeLast()
    space.memory.giveBack(row.blocks)
    postponed.append(row.sample)
  }

  /// Computes a prompt.
  private func read(_ index: Int, _ prompt: GenerationPrompt, _ blocks: [Int]) throws -> PromptCache {
    let w = network.widths
    let cache = try PromptCache(
      space.memory, blocks, prompt: index, tokens: prompt.tokens.count,
      logits: network.kernels.padded(w.vocabulary))
    try job.stop.check()
    let pass = PromptPass(cache, prefix, shared: prefix.begin(prompt.tokens))
    let batch = PackedBatch(prompt: prompt.tokens, after: pass.shared)
    job.computesPrompt(tokens: batch.tokens.count)
    network.forward(batch, batch.chunks[0], prefill, workspace, prompt: pass)
    let last = prefill.input(of: w.layers) + (batch.tokens.count - 1) * w.hidden
    logits(1, last, workspace.normed, into: cache.logits.base)
    return cache
  }

  /// Samples the row's next token; true when the row ended and its result is stored.
  ///
  /// Shapes: logits [vocabulary].
  private static func extend(
    _ row: inout DecodingRow, _ logits: Floats, _ sampler: inout TokenSampler, _ job: Generation, context: Int
  ) throws -> Bool {
    let prompt = job.prompts[row.cache.prompt]
    let u = Philox(seed: prompt.seed).uniform(UInt64(row.tokens.count), stream: UInt64(row.sample.number))
    guard let (token, logprob) = sampler.draw(logits, prompt, u: u) else {
      throw TransformerError(
        .wrongState,
        "the model's output is not a distribution (NaN or infinite logits); its weights are broken")
    }
    if prompt.wantsMask, prompt.isCut { sampler.tellMask(to: &row.mask) }
    guard
      let finish = row.append(
        token, logprob, prompt, context: context, ends: job.ends, pieces: job.pieces)
    else { return false }
    job.finish(
      row.sample.result,
      Continuation(
        finish: finish, text: row.text, tokens: row.tokens, logprobs: row.logprobs, mask: row.mask))
    return true
  }

  private mutating func sample() throws {
    let stride = network.kernels.padded(network.widths.vocabulary)
    finished.removeAll(keepingCapacity: true)
    let context = network.shape.context
    for index in rows.indices
    where try Self.extend(&rows[index], space.logits + index * stride, &sampler, job, context: context) {
      finished.append(index)
    }
    // Order is kept, so that samples of one prompt stay neighbors.
    for index in finished.reversed() { space.memory.giveBack(rows.remove(at: index).blocks) }
  }

  // MARK: One token of every row

  private mutating func step() {
    let w = network.widths
    let count = rows.count
    positions.removeAll(keepingCapacity: true)
    for (index, row) in rows.enumerated() {
      let position = Int32(row.cache.tokens + row.tokens.count - 1)
      network.embed(
        row.tokens[row.tokens.count - 1], position: position, into: space.x + index * w.hidden)
      positions.append(position)
    }
    group()
    let all = BlockRows(space, count: count, team: team)
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      for layer in 0..<w.layers {
        network.project(layer, all, positions)
        storeKeysAndValues(layer)
        attend(layer)
        network.feedForward(layer, all)
      }
    }
    logits(count, space.x, space.normed, into: space.logits)
  }

  private mutating func group() {
    groups.removeAll(keepingCapacity: true)
    for index in rows.indices {
      if let last = groups.last, rows[last.lowerBound].cache === rows[index].cache {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
      }
    }
  }
  /// Logits of some rows of the residual stream.
  ///
  /// Shapes: x, normed [count, hidden]; logits [count, padded vocabulary].
  private func logits(_ count: Int, _ x: Floats, _ normed: Floats, into logits: Floats) {
    let w = network.widths
    network.normalize(network.layout.finalNorm, rows: count, x, into: normed, nil)
    network.product(
      network.layout.unembedding, rows: count, columns: network.kernels.padded(w.vocabulary), depth: w.hidden,
      normed, into: logits, team: team)
    network.capLogits(rows: count, logits)
  }

  /// Keeps this step's keys and values of every row.
  private func storeKeysAndValues(_ layer: Int) {
    let w = network.widths
    for (index, row) in rows.enumerated() {
      let key = space.qkv + index * w.qkv + w.query
      let at = row.tokens.count - 1
      space.memory.store(
        row.blocks[at / KeyValueBlocks.positions], layer: layer, at: at % KeyValueBlocks.positions, keys: key,
        values: key + w.keyValue)
    }
  }
}

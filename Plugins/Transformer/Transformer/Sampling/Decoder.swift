internal import CTransformerKernels

/// Decoding of one thread, or of a team for few rows: a set of live rows that goes through all layers together, token by
/// token.
///
/// Rows do not influence each other, so it does not matter which rows share a step: a row that ends is replaced by the
/// next job at once, and threads need not wait for each other. A team shares each product instead, so that few rows
/// read the weights once, with the bandwidth of all threads.
struct Decoder {
  private let network: Network
  private let space: DecoderSpace
  private let workspace: Workspace
  private let prefill: Activations
  private var sampler: TokenSampler
  private let job: Generation
  private let team: Int
  private var rows: [DecodingRow] = []
  private var freeSlots: [Int]
  private var lastCache: PromptCache?
  /// Of each row in this step: its position in the sequence, its slot, and its new tokens so far.
  private var positions: [Int32] = []
  private var slots: [Int] = []
  private var counts: [Int] = []
  private var finished: [Int] = []

  init(
    _ network: Network, _ space: DecoderSpace, _ workspace: Workspace, _ prefill: Activations,
    _ job: Generation, team: Int
  ) {
    self.network = network
    self.space = space
    self.workspace = workspace
    self.prefill = prefill
    self.job = job
    self.team = team
    sampler = TokenSampler(
      network.kernels, vocabulary: network.widths.vocabulary, probabilities: space.probabilities)
    freeSlots = (0..<space.rows).reversed()
    rows.reserveCapacity(space.rows)
  }

  /// Works until no job is left.
  mutating func run() throws {
    while true {
      while !freeSlots.isEmpty, let next = job.next() { try start(next) }
      guard !rows.isEmpty else { return }
      try job.stop.check()
      step()
      try sample()
    }
  }

  // MARK: Rows

  private mutating func start(_ next: (result: Int, prompt: Int, sample: Int)) throws {
    let prompt = job.prompts[next.prompt]
    let cache: PromptCache
    if let last = lastCache, last.prompt == next.prompt {
      cache = last
    } else {
      cache = try read(next.prompt, prompt)
      lastCache = cache
    }
    guard let slot = freeSlots.popLast() else { return }
    var row = DecodingRow(result: next.result, sampleIndex: next.sample, cache: cache, slot: slot)
    let expected = min(prompt.maxTokens, 256)
    row.tokens.reserveCapacity(expected)
    row.logprobs.reserveCapacity(expected)
    if try Self.extend(&row, cache.logits, &sampler, job, context: network.shape.context) {
      freeSlots.append(slot)
    } else {
      rows.append(row)
    }
  }

  /// Computes a prompt.
  private func read(_ index: Int, _ prompt: GenerationPrompt) throws -> PromptCache {
    try job.stop.check()
    let w = network.widths
    let cache = try PromptCache(network, prompt: index, tokens: prompt.tokens.count)
    let batch = PackedBatch(prompt: prompt.tokens)
    network.forward(batch, batch.chunks[0], prefill, workspace, store: cache)
    let last = prefill.layer(w.layers).input + (prompt.tokens.count - 1) * w.hidden
    logits(1, last, workspace.normed, into: cache.logits)
    return cache
  }

  /// Samples the row's next token; true when the row ended and its result is stored.
  private static func extend(
    _ row: inout DecodingRow, _ logits: Floats, _ sampler: inout TokenSampler, _ job: Generation, context: Int
  ) throws -> Bool {
    let prompt = job.prompts[row.cache.prompt]
    let u = Philox(seed: prompt.seed).uniform(UInt64(row.tokens.count), stream: UInt64(row.sampleIndex))
    guard let (token, logprob) = sampler.draw(logits, prompt, u: u) else {
      throw TransformerError(
        .wrongState,
        "the model's output is not a distribution (NaN or infinite logits); its weights are broken")
    }
    guard
      let finish = row.append(
        token, logprob, prompt, context: context, ends: job.ends, pieces: job.pieces)
    else { return false }
    job.finish(
      row.result, Continuation(finish: finish, text: row.text, tokens: row.tokens, logprobs: row.logprobs))
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
    // Order is kept, so that samples of one prompt stay neighbours.
    for index in finished.reversed() { freeSlots.append(rows.remove(at: index).slot) }
  }

  // MARK: One token of every row

  private mutating func step() {
    let w = network.widths
    let count = rows.count
    positions.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    for (index, row) in rows.enumerated() {
      let position = Int32(row.cache.tokens + row.tokens.count - 1)
      network.embed(
        row.tokens[row.tokens.count - 1], position: position, into: space.x + index * w.hidden)
      positions.append(position)
      slots.append(row.slot)
      counts.append(row.tokens.count)
    }
    for layer in 0..<w.layers {
      project(layer, count)
      attend(layer)
      feedForward(layer, count)
    }
    logits(count, space.x, space.normed, into: space.logits)
  }

  private func logits(_ count: Int, _ x: Floats, _ normed: Floats, into logits: Floats) {
    let w = network.widths
    network.normalise(network.layout.finalNorm, rows: count, x, into: normed, nil)
    network.product(
      network.layout.head, rows: count, columns: network.kernels.padded(w.vocabulary), depth: w.hidden,
      normed, into: logits, team: team)
    network.capLogits(rows: count, logits)
  }

  private func project(_ layer: Int, _ count: Int) {
    let w = network.widths
    let block = network.layout.blocks[layer]
    network.normalise(block.inputNorm, rows: count, space.x, into: space.normed, nil)
    network.product(
      block.fused, rows: count, columns: w.fused, depth: w.hidden, space.normed, into: space.fused,
      plus: block.fusedBias.map { network.weight($0) }, team: team)
    network.normaliseQueriesAndKeys(block, rows: count, space.fused, raw: nil, inverse: nil)
    positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      network.rotate(layer, rows: count, space.fused, positions)
    }
    for index in 0..<count { store(index, layer) }
  }

  /// Keeps a row's new key and value.
  private func store(_ index: Int, _ layer: Int) {
    let w = network.widths
    let panel = network.kernels.panel
    let at = counts[index] - 1
    for head in 0..<w.keyValueHeads {
      let key = space.fused + index * w.fused + w.query + head * w.head
      let value = key + w.keyValue
      let keys =
        space.keys(slot: slots[index], layer: layer, head: head) + at / panel * panel * w.head + at % panel
      for i in 0..<w.head { keys[i * panel] = key[i] }
      let values = space.values(slot: slots[index], layer: layer, head: head) + at * panel
      for i in stride(from: 0, to: w.head, by: panel) {
        (values + i * space.capacity).update(from: value + i, count: min(panel, w.head - i))
      }
    }
  }

  private func feedForward(_ layer: Int, _ count: Int) {
    let w = network.widths
    let block = network.layout.blocks[layer]
    network.add(
      Network.Branch(
        matrix: block.output, depth: w.query, bias: block.outputBias, norm: block.attentionNorm),
      rows: count, space.attention, to: space.x, into: space.x, raw: space.branch, space.normed,
      team: team)
    network.normalise(block.middleNorm, rows: count, space.x, into: space.normed, nil)
    network.product(
      block.gate, rows: count, columns: w.gate, depth: w.hidden, space.normed, into: space.gate,
      plus: block.gateBias.map { network.weight($0) }, team: team)
    network.activate(rows: count, space.gate, into: space.inner)
    network.add(
      Network.Branch(
        matrix: block.down, depth: w.feedForward, bias: block.downBias, norm: block.feedForwardNorm),
      rows: count, space.inner, to: space.x, into: space.x, raw: space.branch, space.normed,
      team: team)
  }

  // MARK: Attention

  private func attend(_ layer: Int) {
    var first = 0
    while first < rows.count {
      var end = first + 1
      while end < rows.count, rows[end].cache === rows[first].cache { end += 1 }
      for head in 0..<network.widths.keyValueHeads { attend(layer, first..<end, head: head) }
      first = end
    }
  }

  /// Rows of one prompt: the prompt's keys and values are read once for all of them.
  private func attend(_ layer: Int, _ members: Range<Int>, head: Int) {
    let w = network.widths
    let kernels = network.kernels
    let cache = rows[members.lowerBound].cache
    let width = w.group * w.head
    let lines = members.count * w.group
    for index in members {
      (space.queries + (index - members.lowerBound) * width).update(
        from: space.fused + index * w.fused + head * width, count: width)
    }
    kernels.multiply(
      rows: lines, columns: kernels.padded(cache.tokens), depth: w.head, space.queries, stride: w.head,
      by: cache.keys(layer: layer, head: head), into: space.scores, space.scoreStride)
    for index in members { own(index, index - members.lowerBound, layer, head, cache.tokens) }
    let mix = { (rows: Int, depth: Int, scores: Floats, values: Floats, capacity: Int, to: Floats) in
      kernels.table.pointee.mix(
        Int64(rows), Int64(w.head), Int64(depth), scores, Int64(space.scoreStride), values, Int64(capacity),
        to, Int64(w.head))
    }
    space.mixed.update(repeating: 0, count: lines * w.head)
    mix(
      lines, cache.tokens, space.scores, cache.values(layer: layer, head: head), cache.tokens, space.mixed)
    for index in members {
      let local = index - members.lowerBound
      let mixed = space.mixed + local * width
      mix(
        w.group, counts[index], space.scores + local * w.group * space.scoreStride + cache.tokens,
        space.values(slot: slots[index], layer: layer, head: head), space.capacity, mixed)
      (space.attention + index * w.query + head * width).update(from: mixed, count: width)
    }
  }

  /// Scores against the row's own keys, and the softmax over prompt and own.
  private func own(_ index: Int, _ local: Int, _ layer: Int, _ head: Int, _ promptTokens: Int) {
    let w = network.widths
    let count = counts[index]
    let scores = space.scores + local * w.group * space.scoreStride
    network.kernels.multiply(
      rows: w.group, columns: network.kernels.padded(count), depth: w.head,
      space.queries + local * w.group * w.head, stride: w.head,
      by: space.keys(slot: slots[index], layer: layer, head: head), into: scores + promptTokens,
      space.scoreStride)
    let valid = Int64(promptTokens + count)
    let table = network.kernels.table.pointee
    var scale = network.attentionScale
    if let cap = network.architecture.attentionCap {
      table.soft_cap(Int64(w.group), valid, Int64(space.scoreStride), scale, cap, scores, nil)
      scale = 1
    }
    table.causal_softmax(
      Int64(w.group), valid, Int64(network.window(layer)), valid, Int64(space.scoreStride), scale, scores, nil
    )
  }
}

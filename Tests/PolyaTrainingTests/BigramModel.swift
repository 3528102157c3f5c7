import Foundation
import PolyaCore

/// A language model that is one table of logits, a row for each previous token: every log-prob, entropy and gradient of
/// it is a line of arithmetic in double precision.
///
/// Token 0 ends a text; the letters a, b, … are 1, 2, …. Gradients are summed in fixed point, so that no sum depends on
/// its order and two trainings that should agree can be compared with `==`.
final class BigramModel: LanguageModel {
  /// All that a training changes.
  struct State: Equatable {
    var logits: [[Double]]
    var first: [[Double]]
    var second: [[Double]]
    /// Steps that the moments are of.
    var taken = 0

    init(logits: [[Double]]) {
      self.logits = logits
      first = logits.map { $0.map { _ in 0 } }
      second = first
    }
  }

  private final class Tape {
    let sequences: [TokenSequence]
    init(_ sequences: [TokenSequence]) { self.sequences = sequences }
  }

  var info: ModelInfo
  var state: State
  /// Continuations that are taken instead of samples.
  var script: ((_ prompt: [Int32], _ samples: Int) -> [[Int32]])?
  /// What sampling is off by, in nats.
  var samplingError: Float = 0
  /// Whether a space at the beginning of a text is dropped when it is decoded, as tokenizers of SentencePiece do.
  var stripsFirstSpace = false
  /// Tokens that stand for more than their letter.
  var pieces: [Int32: [UInt8]] = [:]
  /// What the chat template puts before and after the assistant's words.
  static let turnStart: Int32 = 8
  static let turnEnd: Int32 = 9
  var givesEntropies = true
  var givesSampledLogprobs = true
  /// What the sampler says of its own tokens, if it is wrong about them.
  var plantedLogprobs: ((_ tokens: [Int32], _ request: GenerationRequest) -> [Float])?

  /// What was asked of the model.
  private(set) var generations = 0
  private(set) var passes: [[TokenSequence]] = []
  private(set) var steps: [OptimizerStep] = []
  /// Of the loss, as they were before each step's clipping.
  private(set) var gradients: [[[Double]]] = []
  private(set) var sawEntropyGradients = false

  private static let one = 0x1p48
  private var pending: [[Int64]]
  private var isBroken = false

  init(logits: [[Double]], context: Int? = nil, sharesForward: Bool = true) {
    state = State(logits: logits)
    pending = logits.map { $0.map { _ in 0 } }
    info = ModelInfo(
      name: "bigrams", family: "bigram", device: "cpu", dtype: "float64", sharesForward: sharesForward,
      trains: true, chats: false, parameters: logits.count * logits.count, vocabularySize: logits.count,
      contextLength: context, bos: nil, eos: 0)
  }

  /// A table of small random numbers.
  convenience init(vocabulary: Int, seed: UInt64, context: Int? = nil) {
    let random = Randomness(seed: seed)
    self.init(
      logits: (0..<vocabulary).map { row in
        (0..<vocabulary).map { 2 * random.unit(UInt64(row * vocabulary + $0)) - 1 }
      }, context: context)
  }

  func encode(_ texts: [String]) -> [[Int32]] {
    texts.map { $0.utf8.map { Int32($0) - Int32(UInt8(ascii: "a")) + 1 } }
  }

  func decode(_ tokens: [[Int32]]) -> [[UInt8]] {
    tokens.map { ids in
      let text = ids.filter { $0 > 0 }.flatMap { pieces[$0] ?? [UInt8(ascii: "a") + UInt8($0) - 1] }
      return stripsFirstSpace && text.first == UInt8(ascii: " ") ? Array(text.dropFirst()) : text
    }
  }

  func promptTokens(for chats: [[Message]]) -> [[Int32]] {
    guard info.chats else { return encode(chats.map { $0.map(\.content).joined() }) }
    return chats.map { chat in
      chat.flatMap { encode([$0.content])[0] + [$0.role == "assistant" ? Self.turnEnd : Self.turnStart] }
    }
  }

  /// ln softmax(logits / temperature) of what follows a token.
  func logDistribution(after token: Int32, temperature: Double = 1) -> [Double] {
    let scaled = state.logits[Int(token)].map { $0 / (temperature == 0 ? 1 : temperature) }
    let sum = log(scaled.reduce(0) { $0 + exp($1) })
    return scaled.map { $0 - sum }
  }

  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    generations += 1
    return requests.map { request in
      let scripted = script?(request.tokens, request.samples)
      return (0..<request.samples).map { sample in
        let tokens = scripted.map { $0[sample] } ?? continuation(of: request, sample)
        let finish: Completion.Finish = tokens.isEmpty ? .cancelled : tokens.last == 0 ? .stop : .length
        var completion = Completion(
          finish: finish, text: decode([tokens])[0], tokens: tokens,
          logprobs: givesSampledLogprobs
            ? plantedLogprobs?(tokens, request) ?? logprobs(of: tokens, request) : [])
        if request.wantsMask, info.masks, request.sampling.topK > 0 { tellMask(of: &completion, request) }
        return completion
      }
    }
  }

  private func continuation(of request: GenerationRequest, _ sample: Int) -> [Int32] {
    let random = Randomness(seed: request.seed).stream(UInt64(sample))
    var tokens: [Int32] = []
    while tokens.count < request.sampling.maxTokens, tokens.last != 0,
      let last = (request.tokens + tokens).last
    {
      var left = random.unit(UInt64(tokens.count))
      var line = logDistribution(after: last, temperature: request.sampling.temperature)
      if request.sampling.topK > 0 { line = Self.among(kept(line, request.sampling.topK), line) }
      let odds = line.map { exp($0) }
      let drawn = odds.firstIndex { probability in
        left -= probability
        return left < 0
      }
      tokens.append(Int32(drawn ?? odds.count - 1))
    }
    return tokens
  }

  /// The k most likely tokens.
  private func kept(_ line: [Double], _ k: Int) -> [Int32] {
    line.indices.sorted { (line[$1], $0) < (line[$0], $1) }.prefix(k).map { Int32($0) }
  }

  /// The distribution among some tokens; minus infinity for the others.
  private static func among(_ ids: some Collection<Int32>, _ line: [Double]) -> [Double] {
    let mass = log(ids.reduce(0) { $0 + exp(line[Int($1)]) })
    return line.indices.map { ids.contains(Int32($0)) ? line[$0] - mass : -.infinity }
  }

  private func tellMask(of completion: inout Completion, _ request: GenerationRequest) {
    for last in request.tokens.suffix(1) + completion.tokens.dropLast() {
      let line = logDistribution(after: last, temperature: request.sampling.temperature)
      let ids = kept(line, request.sampling.topK)
      completion.mask.ids += ids
      completion.mask.ends.append(Int32(completion.mask.ids.count))
      completion.maskLogMass.append(Float(log(ids.reduce(0) { $0 + exp(line[Int($1)]) })))
    }
  }

  /// What follows a position of a sequence, among the tokens of its mask.
  private func line(_ sequence: TokenSequence, _ position: Int) -> [Double] {
    let line = logDistribution(after: sequence.tokens[position - 1], temperature: sequence.temperature)
    guard !sequence.mask.isEmpty else { return line }
    let place = position - sequence.from
    let begin = place == 0 ? 0 : Int(sequence.mask.ends[place - 1])
    return Self.among(sequence.mask.ids[begin..<Int(sequence.mask.ends[place])], line)
  }

  func logprobs(of tokens: [Int32], _ request: GenerationRequest) -> [Float] {
    zip(request.tokens.suffix(1) + tokens, tokens).map { last, token in
      Float(logDistribution(after: last, temperature: request.sampling.temperature)[Int(token)])
        + samplingError
    }
  }

  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] {
    sequences.map { sequence in
      var scored = ScoredSequence(logprobs: [], entropies: [])
      for position in sequence.from..<sequence.tokens.count {
        let line = line(sequence, position)
        scored.logprobs.append(Float(line[Int(sequence.tokens[position])]))
        if givesEntropies { scored.entropies.append(Float(Self.entropy(line))) }
      }
      return scored
    }
  }

  static func entropy(_ logDistribution: [Double]) -> Double {
    -logDistribution.reduce(0) { $1.isFinite ? $0 + exp($1) * $1 : $0 }
  }

  func forward(_ sequences: [TokenSequence]) -> ForwardPass {
    passes.append(sequences)
    return ForwardPass(scored: score(sequences), tape: Tape(sequences))
  }

  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) throws {
    guard let tape = pass.tape as? Tape else { throw PolyaError(.run, "the tape is of another model") }
    for (sequence, gradient) in zip(tape.sequences, gradients) {
      if gradient.entropies != nil { sawEntropyGradients = true }
      for position in sequence.from..<sequence.tokens.count {
        let index = position - sequence.from
        add(
          Double(gradient.logprobs[index]), gradient.entropies.map { Double($0[index]) } ?? 0,
          line(sequence, position), sequence.tokens[position - 1], sequence.tokens[position],
          sequence.temperature)
      }
    }
  }

  /// d ln p(token) / d logit_j = (δ - p_j) / T, and d H / d logit_j = -p_j (ln p_j + H) / T.
  private func add(
    _ dLogprob: Double, _ dEntropy: Double, _ line: [Double], _ last: Int32, _ token: Int32,
    _ temperature: Double
  ) {
    let entropy = Self.entropy(line)
    for (index, value) in line.enumerated() where value.isFinite {
      let hit = index == Int(token) ? 1.0 : 0
      let slope = dLogprob * (hit - exp(value)) - dEntropy * exp(value) * (value + entropy)
      guard slope.isFinite else {
        isBroken = true
        return
      }
      pending[Int(last)][index] += Int64((slope / (temperature == 0 ? 1 : temperature) * Self.one).rounded())
    }
  }

  func drop(_ pass: ForwardPass) {}

  /// AdamW as PyTorch has it, with its clipping of the global norm but for the 1e-6 beside the norm.
  func step(_ step: OptimizerStep) -> StepReport {
    steps.append(step)
    let gradient = pending.map { $0.map { Double($0) / Self.one } }
    gradients.append(gradient)
    pending = pending.map { $0.map { _ in 0 } }
    defer { isBroken = false }
    let norm = gradient.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard !isBroken else { return StepReport(skipped: true, gradientNorm: .infinity, updateNorm: 0) }
    if step.index == 0 { state = State(logits: state.logits) }
    state.taken += 1
    let scale = step.clipNorm > 0 && norm > step.clipNorm ? step.clipNorm / norm : 1
    for row in gradient.indices {
      for column in gradient[row].indices { update(row, column, gradient[row][column] * scale, step) }
    }
    return StepReport(skipped: false, gradientNorm: norm, updateNorm: 0)
  }

  private func update(_ row: Int, _ column: Int, _ gradient: Double, _ step: OptimizerStep) {
    let first = step.beta1 * state.first[row][column] + (1 - step.beta1) * gradient
    let second = step.beta2 * state.second[row][column] + (1 - step.beta2) * gradient * gradient
    (state.first[row][column], state.second[row][column]) = (first, second)
    let mean = first / (1 - pow(step.beta1, Double(state.taken)))
    let deviation = (second / (1 - pow(step.beta2, Double(state.taken)))).squareRoot()
    state.logits[row][column] *= 1 - step.learningRate * step.weightDecay
    state.logits[row][column] -= step.learningRate * mean / (deviation + step.epsilon)
  }

  /// Whether it says that it loaded weights and goes on with its own.
  var keepsOldWeights = false
  private(set) var loads = 0

  func save(to folder: String) throws {
    let lines = state.logits.map { $0.map { "\($0.bitPattern)" }.joined(separator: " ") }
    try FileBytes.create(folder + "/table", with: Array(lines.joined(separator: "\n").utf8))
    try Folder.create(folder + "/" + CheckpointFolder.training)
    try FileBytes.create(folder + "/\(CheckpointFolder.training)/moments", with: [1])
  }

  func load(from folder: String) throws {
    loads += 1
    guard try Folder.files(in: folder) == ["table"] else {
      throw PolyaError(.run, "weights to sample with come without moments")
    }
    guard !keepsOldWeights else { return }
    let text = String(decoding: try FileBytes.read(folder + "/table"), as: UTF8.self)
    state.logits = text.split(separator: "\n").map { line in
      line.split(separator: " ").compactMap { UInt64($0).map { Double(bitPattern: $0) } }
    }
  }
}

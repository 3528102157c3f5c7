internal import PolyaCore
internal import PolyaHost

/// The shape of the model that is measured.
struct BenchShape {
  var hidden, layers, heads, keyValueHeads, feedForward, vocabulary: Int

  var json: JSON {
    [
      "hidden": JSON(hidden), "layers": JSON(layers), "heads": JSON(heads), "kv_heads": JSON(keyValueHeads),
      "ffn": JSON(feedForward), "vocab": JSON(vocabulary),
    ]
  }
}

/// The sizes of the measured workloads.
struct BenchWork {
  var batch, sequence, generateBatch, prompt, new: Int
}

/// The parts that can be measured on their own.
enum BenchPart: String, CaseIterable {
  case training, sampling, grpo, boundary, records
}

/// Measures the boundary between host and plugins.
enum BoundaryBench {
  /// Runs the measurement.
  ///
  /// - Parameter reward: The reward to measure instead of the probe, which can be made to crash.
  static func run(_ host: PluginHost, reward: PluginReference?) throws -> JSON.Members {
    let start = Clock.seconds()
    _ = try host.list()
    let list = Clock.seconds() - start
    let probe = PluginReference(
      name: "bench", use: "polya.probe", options: ["crash-on": "boom"], folder: "/")
    let figures = try host.measureBoundary(reward ?? probe, crashOn: reward == nil ? "boom" : nil)
    return [
      "dispatch_ns": JSON(figures.dispatchNanoseconds), "row_ns": JSON(figures.rowNanoseconds),
      "worker_round_trip_us": JSON(figures.roundTripMicroseconds),
      "worker_gb_s": JSON(figures.workerGigabytesPerSecond),
      "worker_start_ms": JSON(figures.workerStartMilliseconds),
      "crash_notice_ms": figures.crashMilliseconds.map { JSON($0) } ?? .null,
      "plugin_list_ms": JSON(list * 1e3),
    ]
  }
}

/// Runs the phases of the training loop on random tokens and reports median times. Tests never assert these.
struct Bench {
  private let shape: BenchShape
  private let work: BenchWork
  private let threads: Int
  private let isProfile: Bool
  private let host: PluginHost
  private let folder: String
  private let precision: Roofline.Numbers
  private let model: any LanguageModel
  private let random = Randomness(seed: 1)

  private static let repetitions = 3

  /// Creates a benchmark.
  ///
  /// - Parameters:
  ///   - precision: The engine's option for the numbers of matrices.
  ///   - products: The engine's option for the implementation of matrix products.
  init(
    _ shape: BenchShape, _ work: BenchWork, threads: Int, isProfile: Bool, host: PluginHost, folder: String,
    precision: Roofline.Numbers = .float32, products: String? = nil
  ) throws {
    self.isProfile = isProfile
    self.shape = shape
    self.work = work
    self.threads = threads
    self.host = host
    self.folder = folder
    self.precision = precision
    var options: JSON.Members = [
      "shape": "custom", "hidden": JSON(shape.hidden), "layers": JSON(shape.layers),
      "heads": JSON(shape.heads), "key-value-heads": JSON(shape.keyValueHeads),
      "feed-forward": JSON(shape.feedForward), "vocabulary": JSON(shape.vocabulary),
      "context": JSON(max(work.sequence, work.prompt + work.new)), "precision": .string(precision.rawValue),
    ]
    if let products { options["products"] = .string(products) }
    model = try host.model(
      PluginReference(name: "bench", use: "polya.transformer", options: options, folder: folder))
  }

  /// Returns the rates and the share of the machine's limit that each reaches.
  func run(only: BenchPart?) throws -> JSON.Members {
    let limits = Roofline(precision, threads: threads)
    var result: JSON.Members = [
      "shape": shape.json, "parameters": JSON(model.info.parameters), "threads": JSON(threads),
      "precision": .string(precision.rawValue), "memory_gb_s": JSON(limits.gigabytesPerSecond),
    ]
    if let most = limits.gigaflops { result["multiply_add_gflops"] = JSON(most) }
    let trains = precision != .int8
    if only == nil || only == .training, trains { try measureTraining(limits, into: &result) }
    if only == nil || only == .sampling { try measureSampling(limits, into: &result) }
    if only == nil || only == .grpo, trains { try measureGRPO(into: &result) }
    if precision == .float32 { try measureOpenBLAS(only, into: &result) }
    return result
  }

  /// Adds the same rates with OpenBLAS for the engine's matrix products, where it is installed.
  private func measureOpenBLAS(_ only: BenchPart?, into result: inout JSON.Members) throws {
    let other: Bench
    do {
      other = try Bench(
        shape, work, threads: threads, isProfile: false, host: host, folder: folder, products: "openblas")
    } catch let error as PolyaError where error.code == .plugin || error.code == .configuration {
      return
    }
    if only == nil || only == .training { result["train_openblas_tok_s"] = JSON(try other.trainingRate()) }
    if only == nil || only == .sampling {
      for (name, rows) in samplings {
        result["\(name)_openblas_tok_s"] = JSON(try other.samplingRate(rows: rows))
      }
    }
  }

  private var samplings: [(name: String, rows: Int)] {
    [("generate", work.generateBatch), ("generate_one", 1)]
  }

  /// Returns tokens per second.
  private func trainingRate() throws -> Double {
    Double(work.batch * work.sequence) / (try medianSeconds { try trainingStep() })
  }

  private func measureTraining(_ limits: Roofline, into result: inout JSON.Members) throws {
    let rate = try trainingRate()
    result["train_tok_s"] = JSON(rate)
    guard let most = limits.gigaflops else { return }
    result["train_of_limit"] = JSON(rate * 6 * Double(model.info.parameters) / (most * 1e9))
  }

  private func measureSampling(_ limits: Roofline, into result: inout JSON.Members) throws {
    for (name, rows) in samplings {
      let rate = try samplingRate(rows: rows)
      result["\(name)_tok_s"] = JSON(rate)
      if let limit = samplingLimit(rows: rows, limits) { result["\(name)_of_limit"] = JSON(rate / limit) }
    }
  }

  private func measureGRPO(into result: inout JSON.Members) throws {
    var shares = JSON.Members()
    result["grpo_step_s"] = JSON(try medianSeconds(repetitions: 1) { shares = try grpoStep() })
    if isProfile { result["grpo_shares"] = .object(shares) }
  }

  /// Returns tokens per second. Tokens are counted, since an untrained model sometimes samples its end token.
  private func samplingRate(rows: Int) throws -> Double {
    var sampled = 0
    let seconds = try medianSeconds {
      sampled = try sample(prompts: rows, samples: 1).joined().reduce(0) { $0 + $1.tokens.count }
    }
    return Double(sampled) / seconds
  }

  /// Returns the limit in tokens per second: a step takes as long as its multiplications, or as reading the
  /// weights and the rows' keys and values once, whichever is longer. nil if the machine's is not known.
  private func samplingLimit(rows: Int, _ limits: Roofline) -> Double? {
    guard let most = limits.gigaflops else { return nil }
    let parameters = Double(model.info.parameters)
    let keyValues = 2 * shape.layers * shape.hidden / shape.heads * shape.keyValueHeads
    let positions = Double(rows * keyValues * (work.prompt + work.new / 2))
    let bytes = precision.bytes * parameters + (precision == .float32 ? 4 : 2) * positions
    let seconds = max(
      2 * parameters * Double(rows) / (most * 1e9), bytes / (limits.gigabytesPerSecond * 1e9))
    return Double(rows) / seconds
  }

  private func medianSeconds(repetitions: Int = repetitions, _ body: () throws -> Void) rethrows -> Double {
    try body()
    let times = try (0..<repetitions).map { _ in
      let start = Clock.seconds()
      try body()
      return Clock.seconds() - start
    }
    return times.sorted()[times.count / 2]
  }

  /// Returns random token ids above the first few, which are never special tokens.
  private func tokens(_ count: Int, _ stream: UInt64) -> [Int32] {
    let words = random.stream(stream)
    let specials = 3
    return (0..<count).map { Int32(specials + words.below(shape.vocabulary - specials, UInt64($0))) }
  }

  private func trainingStep() throws {
    let sequences = (0..<work.batch).map { TokenSequence(tokens: tokens(work.sequence, UInt64($0)), from: 1) }
    try learn(sequences)
  }

  /// Returns the seconds of forward, backward, and optimizer step.
  @discardableResult
  private func learn(_ sequences: [TokenSequence]) throws -> (Double, Double, Double) {
    let weight = -1 / Float(sequences.reduce(0) { $0 + $1.scoredCount })
    let start = Clock.seconds()
    let pass = try model.forward(sequences)
    let forward = Clock.seconds()
    try model.backward(
      pass,
      gradients: pass.scored.map { scored in
        SequenceGradient(logprobs: Array(repeating: weight, count: scored.logprobs.count))
      })
    let backward = Clock.seconds()
    _ = try model.step(OptimizerStep(learningRate: 1e-5, weightDecay: 0, clipNorm: 1, index: 0))
    return (forward - start, backward - forward, Clock.seconds() - backward)
  }

  private func sample(prompts: Int, samples: Int) throws -> [[Completion]] {
    try model.generate(
      (0..<prompts).map {
        GenerationRequest(
          id: UInt64($0), seed: random.stream("sample").stream(UInt64($0)).key,
          tokens: tokens(work.prompt, UInt64($0)),
          samples: samples, sampling: Sampling(maxTokens: work.new))
      })
  }

  /// Samples 16 questions with 16 rollouts each, learns from them, and returns the share of each part.
  private func grpoStep() throws -> JSON.Members {
    let start = Clock.seconds()
    let completions = try sample(prompts: 16, samples: 16)
    let sequences = completions.enumerated().flatMap { index, group in
      group.map {
        TokenSequence(
          tokens: tokens(work.prompt, UInt64(index)) + $0.tokens, from: work.prompt, group: UInt64(index + 1))
      }
    }
    let sampling = Clock.seconds() - start
    let (forward, backward, step) = try learn(sequences)
    let all = Clock.seconds() - start
    let parts = [("sampling", sampling), ("forward", forward), ("backward", backward), ("step", step)]
    return JSON.Members(parts.map { ($0.0, JSON($0.1 / all)) })
  }
}

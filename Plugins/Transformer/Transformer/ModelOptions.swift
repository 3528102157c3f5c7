internal import PolyaKit
internal import TransformerEngine
internal import TransformerTexts
internal import TransformerTokenizer

/// What a manifest may say about the model.
struct ModelOptions {
  private enum Start {
    case folder(String)
    case fresh(TokenizerSource, name: String)
  }

  private enum TokenizerSource {
    case bytes
    case file(String)
    case learned(from: String)
  }

  private static let sizes = [
    "hidden", "layers", "heads", "key-value-heads", "feed-forward",
  ]
  private static let fresh =
    [
      "shape", "tokenizer", "learn-tokenizer", "vocabulary", "context", "head-size", "rope-theta",
      "norm-epsilon", "tied", "seed",
    ] + sizes

  static let declared = ofModel + PromptOptions.declared + ofTraining

  private static let ofModel: [Option] = [
    Option(
      "folder", .path,
      help:
        "Checkpoint folder (config.json, model.safetensors, tokenizer.json), GGUF file or adapters to start from."
    ),
    Option(
      "base", .path,
      help:
        "Checkpoint folder or GGUF file of the model that the adapters in folder belong to; by default the one that they name."
    ),
    Option(
      "shape",
      .choice([
        (value: "tiny", help: "4 layers of width 128: 0.8 million weights"),
        (value: "small", help: "6 layers of width 256: 5 million weights"),
        (value: "custom", help: "sizes given by the other options"),
      ]), help: "Shape of a new model with random weights; tiny if there is no folder."),
    Option("tokenizer", .path, help: "A BPE tokenizer.json; without it, every byte is a token."),
    Option(
      "learn-tokenizer", .path,
      help:
        "JSON lines (text, or prompt and completion) from which to learn a byte-level BPE with `vocabulary` ids."
    ),
    Option(
      "vocabulary", .integer(1...(1 << 24)),
      help: "Number of token ids; by default the tokenizer's, or 512 for learn-tokenizer."),
    Option(
      "context", .integer(2...(1 << 20)),
      help: "Longest sequence in tokens; by default 512, or 1024 for shape small."),
    Option("hidden", .integer(2...65_536), help: "Width of the residual stream (shape custom)."),
    Option("layers", .integer(1...1024), help: "Number of blocks (shape custom)."),
    Option("heads", .integer(1...1024), help: "Number of query heads (shape custom)."),
    Option("key-value-heads", .integer(1...1024), help: "Number of key and value heads (shape custom)."),
    Option(
      "head-size", .integer(2...1024),
      help: "Width of a head, even; by default hidden / heads (shape custom)."),
    Option("feed-forward", .integer(1...262_144), help: "Inner width of the SwiGLU layer (shape custom)."),
    Option("rope-theta", .real(1...1e9), help: "Base of the rotary angles; by default 10000."),
    Option(
      "norm-epsilon", .real(1e-12...1), help: "Added to the mean square in RMSNorm; by default 1e-5."),
    Option("tied", .bool, help: "Whether the output matrix is the embedding; by default true."),
    Option("seed", .integer(0...Int64.max), help: "Seed of the random weights; by default the run's seed."),
  ]

  private static let ofTraining: [Option] = [
    Option(
      "lora-rank", .integer(1...4096),
      help: "Trains low-rank adapters (LoRA) of this rank instead of the weights; requires folder."),
    Option(
      "lora-alpha", .real(1e-6...1e6),
      help: "Adapters are scaled by alpha / rank; by default alpha is twice the rank."),
    Option(
      "lora-targets", .text, list: true,
      help: "Modules that get adapters, such as \"q_proj\"; by default all matrices of the blocks."),
    Option(
      "recompute", .bool, default: "false",
      help: "Keeps only the layers' inputs for the backward pass: a third more work, but far less memory."),
    Option(
      "products",
      .choice([
        (value: MatrixProducts.own.rawValue, help: "Kernels of this plugin: the same bits on any processor."),
        (value: MatrixProducts.openBLAS.rawValue, help: "The system's OpenBLAS (libopenblas-dev)."),
      ]),
      help:
        "What computes the matrix products; by default own on processors with AVX2, elsewhere openblas if installed."
    ),
    Option(
      "precision",
      .choice([
        (value: Precision.float32.rawValue, help: "Products of float32."),
        (
          value: Precision.bf16.rawValue,
          help:
            "Products of bf16 with float32 sums, with the same bits on any processor; weights are trained in float32."
        ),
        (
          value: Precision.int8.rawValue,
          help: "Products of whole numbers of 8 bits, for models that only sample and score."
        ),
      ]), default: "\"\(Precision.float32.rawValue)\"", help: "What matrices are stored and multiplied in."),
  ]

  private let values: OptionValues
  private let start: Start

  init(_ values: OptionValues) throws {
    self.values = values
    guard let folder = values.text("folder") else {
      let shape = values.text("shape") ?? "tiny"
      for key in Self.sizes + ["head-size"] where shape != "custom" && values[key] != .absent {
        throw Failure(.badOption, "\(key) is given, but shape \(shape) fixes it; write shape: \"custom\"")
      }
      guard values["base"] == .absent else {
        throw Failure(.badOption, "base is given without folder; give the folder of the adapters, too")
      }
      start = .fresh(try Self.tokenizer(values), name: shape)
      return
    }
    for key in Self.fresh where values[key] != .absent {
      throw Failure(
        .badOption, "\(key) is given, but the checkpoint in folder decides it; omit one of the two")
    }
    start = .folder(folder)
  }

  private static func tokenizer(_ values: OptionValues) throws -> TokenizerSource {
    switch (values.text("tokenizer"), values.text("learn-tokenizer")) {
    case (nil, nil): return .bytes
    case (let file?, nil): return .file(file)
    case (nil, let text?): return .learned(from: text)
    case (_?, _?):
      throw Failure(.badOption, "tokenizer and learn-tokenizer are both given; omit one of them")
    }
  }

  var name: String {
    switch start {
    case .folder(let folder): folder.split(separator: "/").last.map(String.init) ?? folder
    case .fresh(_, let name): name
    }
  }

  private func training(_ defaultSeed: UInt64) throws -> TrainingMode {
    let rank = values.integer("lora-rank")
    for key in ["lora-alpha", "lora-targets"] where rank == nil && values[key] != .absent {
      throw Failure(.badOption, "\(key) is given without lora-rank; give lora-rank too, or omit \(key)")
    }
    let adapters = rank.map {
      Adapters.Settings(
        rank: $0, alpha: values.real("lora-alpha") ?? Double(2 * $0), targets: values.texts("lora-targets"))
    }
    if adapters != nil, values.text("precision") == Precision.int8.rawValue {
      throw Failure(
        .badOption, "lora-rank is given, but precision \"int8\" does not train; omit one of the two")
    }
    if adapters != nil, case .fresh = start {
      throw Failure(.badOption, "lora-rank is given without folder; adapters need a model to adapt")
    }
    return TrainingMode(
      adapters: adapters, recomputes: values.bool("recompute") ?? false, seed: defaultSeed)
  }

  func model(defaultSeed: UInt64) throws -> TransformerModel {
    let training = try training(defaultSeed)
    let style = try PromptOptions.style(values)
    let products = values.text("products").flatMap { MatrixProducts(rawValue: $0) }
    let precision = values.text("precision").flatMap { Precision(rawValue: $0) } ?? .float32
    switch start {
    case .folder(let folder):
      return try TransformerModel(
        folder: folder, training: training, style: style, baseOfAdapters: values.text("base"),
        products: products, precision: precision)
    case .fresh(let source, let name):
      let tokenizer =
        switch source {
        case .bytes: Tokenizer.bytes()
        case .file(let path): try Tokenizer(file: path)
        case .learned(let path):
          try Tokenizer(learnedFrom: path, vocabularySize: values.integer("vocabulary") ?? 512)
        }
      let shape = try shape(name, vocabulary: values.integer("vocabulary") ?? tokenizer.vocabularySize)
      let seed = values.integer("seed").map { UInt64($0) } ?? defaultSeed
      return try TransformerModel(
        shape: shape, tokenizer: tokenizer, seed: seed, training: training,
        style: style, products: products, precision: precision)
    }
  }

  private func shape(_ name: String, vocabulary: Int) throws -> Shape {
    var shape: Shape
    switch name {
    case "tiny": shape = .tiny(vocabulary: vocabulary)
    case "small": shape = .small(vocabulary: vocabulary)
    default:
      let sizes = try Self.sizes.map { key -> Int in
        guard let size = values.integer(key) else {
          throw Failure(.badOption, "\(key) is missing; shape custom requires it")
        }
        return size
      }
      shape = Shape(
        hidden: sizes[0], layers: sizes[1], heads: sizes[2], keyValueHeads: sizes[3],
        headSize: values.integer("head-size"), feedForward: sizes[4], vocabulary: vocabulary)
    }
    shape.context = values.integer("context") ?? shape.context
    shape.rotary.base = values.real("rope-theta") ?? shape.rotary.base
    shape.normEpsilon = values.real("norm-epsilon") ?? shape.normEpsilon
    shape.tied = values.bool("tied") ?? shape.tied
    return shape
  }
}

import Testing

@testable import TransformerEngine
@testable import TransformerFiles

/// The second implementation of the matrix products against the oracles of the first.
@Suite(
  "Matrix products by OpenBLAS",
  .enabled(if: Kernels.hasOpenBLAS, "there is no libopenblas.so.0: install libopenblas-dev"))
struct OpenBLASTests {
  private let kernels: Kernels

  init() throws { kernels = try Kernels(.openBLAS, .float32) }

  @Test("all transpositions", arguments: ProductSize.all)
  func product(_ size: ProductSize) { size.check(kernels) }

  @Test("what PyTorch computes", arguments: GoldenTests.names)
  func golden(_ name: String) throws {
    try GoldenTests.checkScores(name, kernels)
    try GoldenTests.checkGradients(name, kernels)
    try GoldenTests.checkTraining(name, kernels)
  }

  @Test("what transformers computes for published architectures", arguments: ArchitectureTests.names)
  func architecture(_ name: String) throws {
    try ArchitectureTests.checkScores(name, kernels)
    try ArchitectureTests.checkGradients(name, kernels)
    try ArchitectureTests.checkThreads(name, kernels)
  }

  /// Wider than the columns of one call.
  private static let wide = Shape(
    hidden: 160, layers: 2, heads: 10, keyValueHeads: 5, headSize: 16, feedForward: 300, vocabulary: 261,
    context: 128)

  @Test("sampling gives the same bytes with any number of threads, alone and in a batch")
  func sampling() throws {
    try InvarianceTests.checkSampling(randomModel(products: .openBLAS))
    try InvarianceTests.checkSampling(randomModel(Self.wide, products: .openBLAS))
  }

  @Test("training gives the same bits with any number of threads")
  func training() throws {
    try InvarianceTests.checkTraining { try randomModel(products: .openBLAS) }
    try InvarianceTests.checkTraining { try randomModel(Self.wide, products: .openBLAS) }
  }

  @Test("a batch of eight is eight batches of one")
  func batching() throws {
    try InvarianceTests.checkBatching(randomModel(products: .openBLAS))
    try InvarianceTests.checkBatching(randomModel(Self.wide, products: .openBLAS))
  }

  @Test("a team shares a product without changing a bit", arguments: [1, 5, 8, 21])
  func team(_ rows: Int) throws {
    let network = try Network(Self.wide, kernels: kernels)
    network.weights.initialize(seed: 3, norm: 1)
    let (matrix, w) = (network.layout.blocks[0].gate, network.widths)
    let a = Samples(4).normals(rows * w.hidden)
    func run(_ team: Int) -> [Float] {
      var out = [Float](repeating: .nan, count: rows * w.gate)
      network.product(
        matrix, rows: rows, columns: w.gate, depth: w.hidden, a, into: &out, team: team)
      return out
    }
    let alone = run(1)
    #expect(!alone.contains { !$0.isFinite })
    for team in 2...5 { #expect(run(team) == alone, "\(team) threads") }
  }
}

@Suite("Who makes the matrix products")
struct MatrixProductsTests {
  @Test("own kernels where there are some, else OpenBLAS where it is; what is asked for always")
  func choice() {
    func chosen(_ wanted: MatrixProducts?, own: Bool, openBLAS: Bool) -> MatrixProducts {
      .chosen(wanted, hasOwnKernels: own, hasOpenBLAS: openBLAS)
    }
    #expect(chosen(nil, own: true, openBLAS: true) == .own)
    #expect(chosen(nil, own: true, openBLAS: false) == .own)
    #expect(chosen(nil, own: false, openBLAS: true) == .openBLAS)
    #expect(chosen(nil, own: false, openBLAS: false) == .own)
    for (own, openBLAS) in [(true, true), (true, false), (false, true), (false, false)] {
      #expect(chosen(.own, own: own, openBLAS: openBLAS) == .own)
      #expect(chosen(.openBLAS, own: own, openBLAS: openBLAS) == .openBLAS)
    }
  }

  @Test(
    "without OpenBLAS, asking for it says what to install",
    .disabled(if: Kernels.hasOpenBLAS, "this machine has OpenBLAS"))
  func absent() throws {
    let error = try #require(throws: TransformerError.self) { try Kernels(.openBLAS, .float32) }
    #expect(error.kind == .badOption)
    #expect(error.message.contains("libopenblas.so.0") && error.message.contains("libopenblas-dev"))
    #expect(try Kernels(nil, .float32).panel == Kernels().panel)
  }
}

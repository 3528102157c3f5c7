internal import CTransformerKernels
internal import TransformerFiles

/// Low-rank changes of weight matrices (LoRA, Hu et al. 2021, arXiv:2106.09685): W' = W + alpha / rank B A, of which
/// only A and B are trained.
///
/// The changed weights are what everything computes with, so that sampling costs nothing; the frozen ones are kept
/// beside them. Gradients of A and B come from that of W', one layer at a time. PEFT keeps the branches apart, which is
/// the same up to rounding.
package final class Adapters {
  /// What is adapted, and how.
  package struct Settings: Sendable, Equatable {
    /// Columns of B and rows of A.
    var rank: Int
    /// B A counts alpha / rank.
    var alpha: Double
    /// Whether B A counts alpha / sqrt(rank) instead: rank-stabilized LoRA (Kalajdzievski 2023, arXiv:2312.03732).
    var isStabilized = false
    /// Last parts of module names, as "q_proj"; empty: all matrices of the blocks.
    var targets: [String]

    /// - Parameter targets: last parts of module names, as "q_proj"; empty: all matrices of the blocks.
    package init(rank: Int, alpha: Double, targets: [String]) {
      self.rank = rank
      self.alpha = alpha
      self.targets = targets
    }

    var scale: Float {
      let rank = Double(rank)
      return Float(alpha / (isStabilized ? rank.squareRoot() : rank))
    }
  }

  /// A tensor that is to be adapted.
  struct Plan {
    let tensor: ParameterTensor
    /// nil: outside of the blocks; then it can be merged, but not trained.
    let layer: Int?
    let settings: Settings
    /// Whether each row of W' has a length of its own (DoRA).
    var hasMagnitude = false

    func dimensions(_ part: StoredAdapter.Part) -> [Int] {
      switch part {
      case .a: [settings.rank, tensor.columns]
      case .b: [tensor.rows, settings.rank]
      case .magnitude: [tensor.rows]
      }
    }
  }

  /// One adapted tensor: A [rank, in] and B [out, rank] lie at these offsets of the values.
  struct Module {
    let plan: Plan
    let a, b: Int
    /// W, row by row.
    let frozen: FloatBuffer
    /// Lengths of rows: [out].
    let magnitude: FloatBuffer?

    var tensor: ParameterTensor { plan.tensor }
    var rank: Int { plan.settings.rank }
    /// The tensor's name without ".weight".
    var name: String { Adapters.moduleName(tensor) }
  }

  /// Of all modules, unless a stored configuration says otherwise.
  let settings: Settings
  /// What these were read with; nil: fresh ones.
  let configuration: AdapterConfiguration?
  let modules: [Module]
  let values: FloatBuffer
  let state: TrainingState

  static func moduleName(_ tensor: ParameterTensor) -> String {
    String(tensor.name.dropLast(".weight".count))
  }

  /// A is uniform within 1 / sqrt(in), B zero, as in PEFT: at first nothing changes.
  convenience init(_ settings: Settings, _ network: Network, seed: UInt64) throws {
    var plans: [Plan] = []
    var used = Set<String>()
    for (layer, block) in network.layout.blocks.enumerated() {
      for tensor in network.layout.tensors[block.tensors] where !tensor.isVector {
        let kind = tensor.name.split(separator: ".").dropLast().last.map(String.init) ?? ""
        guard settings.targets.isEmpty || settings.targets.contains(kind) else { continue }
        used.insert(kind)
        plans.append(Plan(tensor: tensor, layer: layer, settings: settings))
      }
    }
    if let unknown = settings.targets.first(where: { !used.contains($0) }) {
      throw TransformerError(.badOption, "lora-targets names \(unknown), which is not a module of this model")
    }
    try self.init(settings, plans, network, nil)
    let random = Philox(seed: seed)
    for (index, module) in modules.enumerated() {
      let bound = 1 / Double(module.tensor.columns).squareRoot()
      for element in 0..<module.rank * module.tensor.columns {
        let u = random.uniform(UInt64(element), stream: UInt64(index))
        values.base[module.a + element] = Float((2 * u - 1) * bound)
      }
    }
  }

  /// Adapters that are to be filled in.
  convenience init(_ plans: [Plan], _ network: Network, _ configuration: AdapterConfiguration) throws {
    try self.init(configuration.settings, plans, network, configuration)
  }

  private init(
    _ settings: Settings, _ plans: [Plan], _ network: Network, _ configuration: AdapterConfiguration?
  ) throws {
    self.settings = settings
    self.configuration = configuration
    var count = 0
    modules = try plans.map { plan in
      let tensor = plan.tensor
      let a = count
      let b = a + (plan.settings.rank * tensor.columns + 15) / 16 * 16
      count = b + (tensor.rows * plan.settings.rank + 15) / 16 * 16
      let frozen = try FloatBuffer(tensor.count)
      for row in 0..<tensor.rows {
        network.weights.read(tensor, row: row, into: frozen.base + row * tensor.columns)
      }
      return Module(
        plan: plan, a: a, b: b, frozen: frozen,
        magnitude: plan.hasMagnitude ? try FloatBuffer(tensor.rows) : nil)
    }
    values = try FloatBuffer(count)
    state = try TrainingState(count)
  }

  /// Where a part of a module lies.
  func place(_ part: StoredAdapter.Part, of module: Module) -> Floats? {
    switch part {
    case .a: values.base + module.a
    case .b: values.base + module.b
    case .magnitude: module.magnitude?.base
    }
  }

  /// Rows that are worked on together.
  private static let rows = 96

  /// Puts W + scale B A into the network's weights; with magnitudes, each row scaled to its own.
  func merge(into network: Network, threads: Int) throws {
    let kernels = network.kernels.inFloat32
    let widest = modules.reduce(1) { max($0, $1.tensor.columns) }
    let packedSize = modules.reduce(1) {
      max($0, kernels.packedSize(depth: $1.rank, columns: $1.tensor.columns))
    }
    let perThread = packedSize + Self.rows * widest
    let scratch = try network.workspaces.take(threads * perThread)
    defer { network.workspaces.put(scratch) }
    network.pool.run(modules.count, threads: threads) { worker, index in
      let packed = scratch.base + worker * perThread
      merge(modules[index], into: network, packed: packed, delta: packed + packedSize)
    }
    network.weights.valuesChanged()
  }

  /// The same for one module.
  ///
  /// Shapes: packed: room for A as a packed matrix; delta [rows, in].
  private func merge(_ module: Module, into network: Network, packed: Floats, delta: Floats) {
    let kernels = network.kernels.inFloat32
    let tensor = module.tensor
    kernels.pack(
      values.base + module.a, rowStride: tensor.columns, columnStride: 1, depth: module.rank,
      columns: tensor.columns, into: packed)
    for first in stride(from: 0, to: tensor.rows, by: Self.rows) {
      let count = min(Self.rows, tensor.rows - first)
      kernels.multiply(
        rows: count, columns: tensor.columns, depth: module.rank,
        values.base + module.b + first * module.rank, stride: module.rank, by: packed, into: delta,
        tensor.columns)
      kernels.table.pointee.scale(
        1, Int64(count * tensor.columns), 0, module.plan.settings.scale, nil, delta)
      kernels.table.pointee.add(
        Int64(count * tensor.columns), delta, module.frozen.base + first * tensor.columns)
      for row in 0..<count {
        let line = delta + row * tensor.columns
        if let magnitude = module.magnitude {
          let length = kernels.table.pointee.sum_of_squares(Int64(tensor.columns), line).squareRoot()
          let factor = Float(Double(magnitude.base[first + row]) / length)
          kernels.table.pointee.scale(1, Int64(tensor.columns), 0, factor, nil, line)
        }
        network.weights.write(tensor, row: first + row, from: line)
      }
    }
  }

  /// Adds to the gradients of A and B what the gradients of one layer's W' give: dA = scale B^T dW, dB = scale dW A^T.
  ///
  /// - Parameter gradients: stands for those of all weights, of which the layer's are there.
  ///
  /// Shapes: gradients [layout.count].
  func take(_ layer: Int, _ gradients: Floats, _ network: Network, threads: Int) {
    let mine = modules.filter { $0.plan.layer == layer }
    network.pool.run(mine.count, threads: threads) { _, index in take(mine[index], gradients, network) }
  }
  /// The same for one module.
  ///
  /// Shapes: gradients [layout.count].
  private func take(_ module: Module, _ gradients: Floats, _ network: Network) {
    let tensor = module.tensor
    let rank = module.rank
    let table = network.kernels.table.pointee
    let (a, b) = (values.base + module.a, values.base + module.b)
    let (da, db) = (state.gradients.base + module.a, state.gradients.base + module.b)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.columns) { line in
      guard let line = line.baseAddress else { return }
      for row in 0..<tensor.rows {
        table.gather(
          Int64(tensor.columns), Int64(tensor.panel), Int64(tensor.group), gradients + tensor.place(row, 0),
          line)
        table.scale(1, Int64(tensor.columns), 0, module.plan.settings.scale, nil, line)
        for r in 0..<rank {
          var dot: Float = 0
          table.row_dots(1, Int64(tensor.columns), line, 0, a + r * tensor.columns, 0, &dot)
          db[row * rank + r] += dot
          table.add_scaled(
            Int64(tensor.columns), da + r * tensor.columns, line, b[row * rank + r])
        }
      }
    }
  }
}

internal import CTransformerKernels

/// A packed matrix or a stack, in the numbers of the products that it is for.
typealias Packed = UnsafeMutableRawPointer

/// The kernels of one instruction set, with Swift integers, and the matrix products that go with them.
///
/// What each does is said in CTransformerKernels.h.
///
/// Safety: the tables are constants of the program.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<TKKernels>
  private let products: UnsafePointer<TKProducts>
  /// What matrices are stored and multiplied in.
  let precision: Precision
  /// Columns of a panel of a packed matrix.
  let panel: Int
  /// Neighboring rows of a packed matrix whose elements lie together.
  let group: Int

  /// The best instruction set of this machine, or a lower one, with products of our own.
  init(level: Int32 = tk_best_level(), precision: Precision = .float32) {
    self.init(tk_kernels(min(level, tk_best_level())), precision, products: nil)
  }

  /// - Parameter products: Of another library; nil: our own.
  init(
    _ table: UnsafePointer<TKKernels>, _ precision: Precision, products: UnsafePointer<TKProducts>?
  ) {
    self.table = table
    self.precision = precision
    let own =
      switch precision {
      case .float32: table.pointee.products
      case .bf16: table.pointee.products_bf16
      case .int8: table.pointee.products_int8
      }
    guard let chosen = products ?? own else { preconditionFailure("a table without products") }
    self.products = chosen
    panel = Int(self.products.pointee.panel)
    group = Int(self.products.pointee.group)
  }

  /// The same with products of our own, of what attention computes with.
  var forAttention: Kernels { Kernels(table, precision == .float32 ? .float32 : .bf16, products: nil) }

  /// The same, or with products of our own in float32 where these are of another precision.
  var inFloat32: Kernels { precision == .float32 ? self : Kernels(table, .float32, products: nil) }

  func padded(_ columns: Int) -> Int { (columns + panel - 1) / panel * panel }

  /// Columns for each of some threads that share a product, or a bit more: sharing changes no bit of the result.
  func share(of columns: Int, among threads: Int) -> Int {
    let strip = Int(products.pointee.strip)
    return (max(1, (columns + threads - 1) / threads) + strip - 1) / strip * strip
  }

  /// Rows of a panel that holds `depth` rows.
  func capacity(_ depth: Int) -> Int { Int(products.pointee.rows(Int64(depth))) }

  /// Floats of memory that a packed matrix takes.
  func packedSize(depth: Int, columns: Int) -> Int { floats(padded(columns) * capacity(depth)) }

  /// Floats of memory that some packed numbers take.
  func floats(_ numbers: Int) -> Int { (numbers * Int(products.pointee.bytes) + 3) / 4 }

  /// Bytes before the number at an index.
  func bytes(_ numbers: Int) -> Int { numbers * Int(products.pointee.bytes) }

  /// A packed matrix of `depth` rows from a column on, which begins a panel.
  func columns(_ packed: Packed, from column: Int, depth: Int) -> Packed {
    packed + bytes(column * capacity(depth))
  }

  /// A packed matrix from a row on, which is a multiple of the panel's width.
  func rows(_ packed: Packed, from row: Int) -> Packed { packed + bytes(row * panel) }

  /// Packs B [depth, columns] for ``multiply(rows:columns:depth:_:stride:transposed:by:capacity:into:_:plus:_:)``.
  ///
  /// Shapes: b [depth, columns] by (rowStride, columnStride); packed [columns / panel, capacity, panel].
  func pack(
    _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, depth: Int, columns: Int,
    capacity: Int? = nil, into packed: Packed
  ) {
    products.pointee.pack(
      packed, b, Int64(rowStride), Int64(columnStride), Int64(depth), Int64(columns), Int64(capacity ?? depth)
    )
  }

  /// Packs a matrix that is the right-hand side of x W^T, packed, as that of x W.
  ///
  /// Shapes: from [rows / panel, columns, panel]; to [columns / panel, rows, panel].
  func packTransposed(_ from: Packed, rows: Int, columns: Int, into to: Packed) {
    products.pointee.pack_transposed(to, from, Int64(rows), Int64(columns))
  }

  /// Makes a vector a column of a packed matrix.
  ///
  /// Shapes: x [depth]; packed [columns / panel, capacity, panel].
  func put(_ x: UnsafePointer<Float>, asColumn column: Int, depth: Int, in packed: Packed) {
    products.pointee.put_column(packed, Int64(column), x, Int64(depth), Int64(depth))
  }

  /// Makes a vector a row of a packed matrix, whose rows are put in their order.
  ///
  /// Shapes: x [columns]; packed [columns / panel, capacity, panel].
  func put(_ x: UnsafePointer<Float>, asRow row: Int, columns: Int, capacity: Int, in packed: Packed) {
    products.pointee.put_row(packed, Int64(row), x, Int64(columns), Int64(capacity))
  }

  /// Reads a column of a packed matrix.
  ///
  /// Shapes: packed [columns / panel, capacity, panel]; x [depth].
  func column(_ column: Int, of packed: Packed, depth: Int, into x: Floats) {
    products.pointee.get_column(packed, Int64(column), x, Int64(depth))
  }

  /// C = D + A B, with A [rows, depth], or stored as [depth, rows] when `transposed`.
  ///
  /// Shapes: a [rows, depth] by stride, or [depth, rows] when `transposed`; packed [columns / panel,
  /// capacity, panel]; c, d [rows, columns] by strideC, strideD.
  func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, stride: Int, transposed: Bool = false,
    by packed: Packed, capacity: Int? = nil, into c: Floats, _ strideC: Int,
    plus d: UnsafePointer<Float>? = nil, _ strideD: Int = 0
  ) {
    products.pointee.multiply(
      Int64(rows), Int64(columns), Int64(depth), a, transposed ? 1 : Int64(stride),
      transposed ? Int64(stride) : 1,
      packed, Int64(capacity ?? depth), c, Int64(strideC), d, Int64(strideD))
  }

  /// Lays rows out as the left-hand side of ``blockScores(heads:rows:headSize:_:by:into:headStride:stride:then:)``.
  ///
  /// Shapes: x [rows, width] by stride; to [rows, capacity of width].
  func lay(_ x: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, into to: Packed) {
    products.pointee.lay_rows(Int64(rows), Int64(width), x, Int64(stride), to)
  }

  /// Scores of queries against a block of keys.
  ///
  /// Shapes: queries [heads, rows, capacity of headSize]; keys: a block of all heads; scores [heads, rows, positions] by
  /// (headStride, stride).
  ///
  /// - Parameter next: What is read next, to be fetched meanwhile.
  func blockScores(
    heads: Int, rows: Int, headSize: Int, _ queries: Packed, by keys: Packed, into scores: Floats,
    headStride: Int, stride: Int, then next: Packed
  ) {
    products.pointee.block_scores(
      Int64(heads), Int64(rows), Int64(headSize), queries, keys, scores, Int64(headStride), Int64(stride),
      next)
  }

  /// Adds the values of a block's first positions, weighted.
  ///
  /// Shapes: weights [heads, rows, positions] by (headStride, stride); values: a block of all heads; out [heads, rows,
  /// headSize].
  ///
  /// - Parameter next: What is read next, to be fetched meanwhile.
  func attend(
    heads: Int, rows: Int, headSize: Int, positions: Int, by weights: Floats, headStride: Int, stride: Int,
    to values: Packed, into out: Floats, then next: Packed
  ) {
    products.pointee.attend_values(
      Int64(heads), Int64(rows), Int64(headSize), Int64(positions), weights, Int64(headStride), Int64(stride),
      values, out, next)
  }

  /// Floats of memory that a stack takes.
  func stackSize(rows: Int, columns: Int) -> Int {
    floats(Int(tk_stack_size(products, Int64(rows), Int64(columns))))
  }

  /// Floats of memory that a left stack takes.
  func leftStackSize(rows: Int, columns: Int) -> Int {
    floats((rows + group - 1) / group * group * columns)
  }

  /// Puts rows of X [rows, columns] at `first` of a stack, the right-hand side of
  /// ``accumulate(rows:columns:of:depth:_:by:into:)``.
  ///
  /// Shapes: x [rows, columns] by stride; stack: ``stackSize(rows:columns:)`` floats.
  func stack(
    _ x: UnsafePointer<Float>, stride: Int, at first: Int, rows: Int, columns: Int, into stack: Packed
  ) {
    products.pointee.stack(stack, x, Int64(stride), Int64(first), Int64(rows), Int64(columns))
  }

  /// Puts rows of X [rows, columns] at `first` of a left stack.
  ///
  /// Shapes: x [rows, columns] by stride; stack: ``leftStackSize(rows:columns:)`` floats.
  func stackLeft(
    _ x: UnsafePointer<Float>, stride: Int, at first: Int, rows: Int, columns: Int, into stack: Packed
  ) {
    products.pointee.stack_left(stack, x, Int64(stride), Int64(first), Int64(rows), Int64(columns))
  }

  /// Some columns of C [rows, all] += A^T B, with a left stack A [depth, rows] and a stack B [depth, all]. They begin
  /// where a share of ``share(of:among:)`` does.
  ///
  /// Shapes: a: of [depth, rows]; stack: of [depth, all]; c [all / panel, rows / group, panel, group].
  func accumulate(
    rows: Int, columns: Range<Int>, of all: Int, depth: Int, _ a: Packed, by stack: Packed, into c: Floats
  ) {
    products.pointee.accumulate(
      Int64(rows), Int64(columns.lowerBound), Int64(columns.count), Int64(depth), a, stack, Int64(all), c)
  }
}

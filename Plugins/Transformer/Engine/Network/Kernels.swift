internal import CTransformerKernels

/// The kernels of one instruction set, with Swift integers, and the matrix products that go with them.
///
/// What each does is said in CTransformerKernels.h.
///
/// Safety: the tables are constants of the program.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<TKKernels>
  private let products: UnsafePointer<TKProducts>
  /// Columns of a panel of a packed matrix.
  let panel: Int

  /// The best instruction set of this machine, or a lower one, with products of our own.
  init(level: Int32 = tk_best_level()) {
    let table: UnsafePointer<TKKernels> = tk_kernels(min(level, tk_best_level()))
    self.init(table, table.pointee.products)
  }

  init(_ table: UnsafePointer<TKKernels>, _ products: UnsafePointer<TKProducts>) {
    self.table = table
    self.products = products
    panel = Int(products.pointee.panel)
  }

  /// The same with products of our own.
  var own: Kernels { Kernels(table, table.pointee.products) }

  func padded(_ columns: Int) -> Int { (columns + panel - 1) / panel * panel }

  /// Columns for each of some threads that share a product, or a bit more: sharing changes no bit of the result.
  func share(of columns: Int, among threads: Int) -> Int {
    let strip = Int(products.pointee.strip)
    return (max(1, (columns + threads - 1) / threads) + strip - 1) / strip * strip
  }

  func packedSize(depth: Int, columns: Int) -> Int { padded(columns) * depth }

  /// Packs B [depth, columns] for ``multiply(rows:columns:depth:_:stride:transposed:by:capacity:into:_:plus:_:)``.
  ///
  /// Shapes: b [depth, columns] by (rowStride, columnStride); packed [columns / panel, capacity, panel].
  func pack(
    _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, depth: Int, columns: Int,
    capacity: Int? = nil, into packed: Floats
  ) {
    products.pointee.pack(
      packed, b, Int64(rowStride), Int64(columnStride), Int64(depth), Int64(columns), Int64(capacity ?? depth)
    )
  }

  /// Packs a matrix that is the right-hand side of x W^T, packed, as that of x W.
  ///
  /// Shapes: from [rows / panel, columns, panel]; to [columns / panel, rows, panel].
  func packTransposed(_ from: Floats, rows: Int, columns: Int, into to: Floats) {
    // Panels of one column are rows of W.
    guard panel > 1 else {
      return pack(from, rowStride: columns, columnStride: 1, depth: rows, columns: columns, into: to)
    }
    for row in stride(from: 0, to: rows, by: panel) {
      pack(
        from + row * columns, rowStride: 1, columnStride: panel, depth: min(panel, rows - row),
        columns: columns, capacity: rows, into: to + row * panel)
    }
  }

  /// C = D + A B, with A [rows, depth], or stored as [depth, rows] when `transposed`.
  ///
  /// Shapes: a [rows, depth] by stride, or [depth, rows] when `transposed`; packed [columns / panel,
  /// capacity, panel]; c, d [rows, columns] by strideC, strideD.
  func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, stride: Int, transposed: Bool = false,
    by packed: UnsafePointer<Float>, capacity: Int? = nil, into c: Floats, _ strideC: Int,
    plus d: UnsafePointer<Float>? = nil, _ strideD: Int = 0
  ) {
    products.pointee.multiply(
      Int64(rows), Int64(columns), Int64(depth), a, transposed ? 1 : Int64(stride),
      transposed ? Int64(stride) : 1,
      packed, Int64(capacity ?? depth), c, Int64(strideC), d, Int64(strideD))
  }

  func stackSize(rows: Int, columns: Int) -> Int { Int(tk_stack_size(products, Int64(rows), Int64(columns))) }

  /// Puts rows of X [rows, columns] at `first` of a stack, the right-hand side of
  /// ``accumulate(rows:columns:of:depth:_:stride:by:into:)``.
  ///
  /// Shapes: x [rows, columns] by stride; stack: ``stackSize(rows:columns:)`` floats.
  func stack(
    _ x: UnsafePointer<Float>, stride: Int, at first: Int, rows: Int, columns: Int, into stack: Floats
  ) {
    products.pointee.stack(stack, x, Int64(stride), Int64(first), Int64(rows), Int64(columns))
  }

  /// Some columns of C [rows, all] += A^T B, with A [depth, rows] and a stack B [depth, all]. They begin where a share
  /// of ``share(of:among:)`` does.
  ///
  /// Shapes: a [depth, rows] by stride; stack: of [depth, all]; c [all / panel, rows, panel].
  func accumulate(
    rows: Int, columns: Range<Int>, of all: Int, depth: Int, _ a: UnsafePointer<Float>, stride: Int,
    by stack: UnsafePointer<Float>, into c: Floats
  ) {
    products.pointee.accumulate(
      Int64(rows), Int64(columns.lowerBound), Int64(columns.count), Int64(depth), a, Int64(stride), stack,
      Int64(all), c)
  }
}

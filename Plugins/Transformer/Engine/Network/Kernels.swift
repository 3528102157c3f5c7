internal import CTransformerKernels

/// The kernels of one instruction set, with Swift integers.
///
/// What each does is said in CTransformerKernels.h.
struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<TKKernels>
  let panel: Int

  /// The best instruction set of this machine, or a lower one.
  init(level: Int32 = tk_best_level()) {
    table = tk_kernels(min(level, tk_best_level()))
    panel = Int(table.pointee.panel)
  }

  func padded(_ columns: Int) -> Int { (columns + panel - 1) / panel * panel }

  func packedSize(depth: Int, columns: Int) -> Int { padded(columns) * depth }

  /// Packs B [depth, columns] for ``multiply(rows:columns:depth:_:stride:transposed:by:capacity:into:_:plus:_:)``.
  ///
  /// Shapes: b [depth, columns] by (rowStride, columnStride); packed [columns / panel, capacity, panel].
  func pack(
    _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, depth: Int, columns: Int,
    capacity: Int? = nil,
    into packed: Floats
  ) {
    table.pointee.pack(
      packed, b, Int64(rowStride), Int64(columnStride), Int64(depth), Int64(columns), Int64(capacity ?? depth)
    )
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
    table.pointee.multiply(
      Int64(rows), Int64(columns), Int64(depth), a, transposed ? 1 : Int64(stride),
      transposed ? Int64(stride) : 1,
      packed, Int64(capacity ?? depth), c, Int64(strideC), d, Int64(strideD))
  }

  func stackSize(rows: Int, columns: Int) -> Int { Int(tk_stack_size(table, Int64(rows), Int64(columns))) }

  /// Puts rows of X [rows, columns] at `first` of a stack, the right-hand side of
  /// ``accumulate(rows:columns:of:depth:_:stride:by:into:)``.
  ///
  /// Shapes: x [rows, columns] by stride; stack: ``stackSize(rows:columns:)`` floats.
  func stack(
    _ x: UnsafePointer<Float>, stride: Int, at first: Int, rows: Int, columns: Int, into stack: Floats
  ) {
    table.pointee.stack(stack, x, Int64(stride), Int64(first), Int64(rows), Int64(columns))
  }

  /// C [rows, columns] += A^T B, with A [depth, rows], some columns of a stack B [depth, all], and C in panels.
  ///
  /// Shapes: a [depth, rows] by stride; stack: of [depth, all]; c [all / panel, rows, panel].
  func accumulate(
    rows: Int, columns: Range<Int>, of all: Int, depth: Int, _ a: UnsafePointer<Float>, stride: Int,
    by stack: UnsafePointer<Float>, into c: Floats
  ) {
    table.pointee.accumulate(
      Int64(rows), Int64(columns.count), Int64(depth), a, Int64(stride),
      stack + columns.lowerBound * Int(TK_BLOCK), Int64(all), c + columns.lowerBound * rows)
  }
}

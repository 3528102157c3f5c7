internal import CTransformerKernels
internal import TransformerFiles

/// The implementations of matrix products.
///
/// Both give the same bits on any number of threads; those of our own also on any processor.
package enum MatrixProducts: String, Sendable, CaseIterable {
  /// Kernels of our own: for AVX-512 and AVX2, and portable ones for every other processor.
  case own
  /// The system's OpenBLAS.
  case openBLAS = "openblas"

  /// The products that are used: what was asked for; else our own where they were written for the processor, or where
  /// there is no OpenBLAS.
  static func chosen(_ wanted: MatrixProducts?, hasOwnKernels: Bool, hasOpenBLAS: Bool) -> MatrixProducts {
    wanted ?? (hasOwnKernels || !hasOpenBLAS ? .own : .openBLAS)
  }
}

extension Kernels {
  /// Whether the system has an OpenBLAS.
  static var hasOpenBLAS: Bool { tk_openblas(nil) != nil }

  /// The best instruction set of this machine with the products that were asked for, or with the default's.
  ///
  /// - Throws: where OpenBLAS was asked for that is not there, or that has no products of this precision.
  init(_ wanted: MatrixProducts?, _ precision: Precision) throws {
    guard precision == .float32 else {
      guard wanted != .openBLAS else {
        throw TransformerError(
          .badOption,
          "products is \"openblas\" and precision is \"\(precision.rawValue)\", but OpenBLAS multiplies in float32; omit one of the two options"
        )
      }
      self.init(precision: precision)
      return
    }
    let hasOwnKernels = tk_best_level() != Int32(TK_PORTABLE)
    // OpenBLAS is opened only where it may be used.
    let hasOpenBLAS = wanted == nil && !hasOwnKernels && Self.hasOpenBLAS
    switch MatrixProducts.chosen(wanted, hasOwnKernels: hasOwnKernels, hasOpenBLAS: hasOpenBLAS) {
    case .own: self.init()
    case .openBLAS: self = try Kernels.withOpenBLAS()
    }
  }

  private static func withOpenBLAS() throws -> Kernels {
    var reason: UnsafePointer<CChar>?
    guard let products = tk_openblas(&reason) else {
      let why = reason.map { String(cString: $0) } ?? "unknown"
      throw TransformerError(
        .badOption,
        "products is \"openblas\", but OpenBLAS cannot be loaded (\(why)); install libopenblas-dev, or omit the option"
      )
    }
    return Kernels(tk_kernels(tk_best_level()), .float32, products: products)
  }
}

internal import Glibc

/// The system's OpenBLAS on several threads, which provides the limits that the engine's rates are compared
/// with.
enum SystemBLAS {
  private typealias Sgemm =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>,
      Int32, Float,
      UnsafeMutablePointer<Float>, Int32
    ) -> Void

  private typealias Sgemv =
    @convention(c) (
      Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
      UnsafeMutablePointer<Float>, Int32
    ) -> Void

  /// The measured limits of the machine.
  struct Limits {
    /// GFLOPS in a product of square matrices of size 1024.
    let gigaflops: Double
    /// GB/s in a product of a 256 MiB matrix and a vector, which reads the matrix once.
    let gigabytesPerSecond: Double
  }

  private static let repetitions = 10

  /// Measures both limits; returns nil if OpenBLAS is not installed.
  static func limits(threads: Int) throws -> Limits? {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let sgemm = dlsym(library, "cblas_sgemm"), let sgemv = dlsym(library, "cblas_sgemv"),
      let setThreads = dlsym(library, "openblas_set_num_threads")
    else { return nil }
    let useThreads = unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)
    useThreads(Int32(threads))
    // Restore one thread, since the engine may use the same library with its own threads.
    defer { useThreads(1) }
    let multiply = unsafeBitCast(sgemm, to: Sgemm.self)
    let apply = unsafeBitCast(sgemv, to: Sgemv.self)
    let n: Int32 = 1024
    let wide: Int32 = 8192
    let a = [Float](repeating: 0.5, count: Int(wide * wide))
    var c = [Float](repeating: 0, count: Int(n * n))
    let product = rate(2 * Double(n) * Double(n) * Double(n)) {
      multiply(101, 111, 111, n, n, n, 1, a, n, a, n, 0, &c, n)
    }
    let reading = rate(4 * Double(wide) * Double(wide)) {
      apply(101, 112, wide, wide, 1, a, wide, a, 1, 0, &c, 1)
    }
    return Limits(gigaflops: product, gigabytesPerSecond: reading)
  }

  /// Returns the best rate of several repetitions, in 10^9 units per second.
  private static func rate(_ work: Double, _ body: () -> Void) -> Double {
    body()
    let times = (0..<repetitions).map { _ in
      let start = Clock.seconds()
      body()
      return Clock.seconds() - start
    }
    return work / (times.min() ?? .infinity) / 1e9
  }
}

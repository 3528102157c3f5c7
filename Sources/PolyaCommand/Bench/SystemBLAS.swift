internal import Glibc

/// The system's OpenBLAS, opened only to be measured: the limit the engine's figures stand beside.
enum SystemBLAS {
  private typealias Sgemm =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>,
      Int32, Float,
      UnsafeMutablePointer<Float>, Int32
    ) -> Void

  private static let size = 1024
  private static let repetitions = 10

  /// Of square products of 1024; nil when there is no OpenBLAS.
  static func gigaflops(threads: Int) throws -> Double? {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let sgemm = dlsym(library, "cblas_sgemm"), let setThreads = dlsym(library, "openblas_set_num_threads")
    else { return nil }
    unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)(Int32(threads))
    let multiply = unsafeBitCast(sgemm, to: Sgemm.self)
    let a = [Float](repeating: 0.5, count: size * size)
    var c = a
    let n = Int32(size)
    func product() { multiply(101, 111, 111, n, n, n, 1, a, n, a, n, 0, &c, n) }
    product()
    let start = Clock.seconds()
    for _ in 0..<repetitions { product() }
    return Double(2 * size * size * size * repetitions) / (Clock.seconds() - start) / 1e9
  }
}

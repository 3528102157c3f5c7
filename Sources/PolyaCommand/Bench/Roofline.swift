internal import CRoofline
internal import Dispatch

/// The limits of this machine, as some threads reach them together.
///
/// No computation on them can be faster than its multiply-adds, nor than reading what it needs once.
struct Roofline {
  /// The engine's names of the numbers that matrices are multiplied in.
  enum Numbers: String, CaseIterable {
    case float32, bf16, int8

    fileprivate var code: Int32 {
      switch self {
      case .float32: Int32(POLYA_FLOAT32)
      case .bf16: Int32(POLYA_BF16)
      case .int8: Int32(POLYA_INT8)
      }
    }

    /// Of a weight.
    var bytes: Double {
      switch self {
      case .float32: 4
      case .bf16: 2
      case .int8: 1
      }
    }
  }

  /// Billions of operations per second, two for each multiply-add; nil if the processor has no instruction for them.
  let gigaflops: Double?
  /// GB/s in reading memory.
  let gigabytesPerSecond: Double

  private static let repetitions = 5
  private static let rounds: Int64 = 4_000_000
  /// More than the caches hold.
  private static let bytes = 256 << 20

  /// Measures both limits.
  init(_ numbers: Numbers, threads: Int) {
    let operations = polya_multiply_adds(numbers.code, 1)
    gigaflops =
      operations == 0
      ? nil
      : Self.rate(operations * Double(Self.rounds) * Double(threads)) {
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
          _ = polya_multiply_adds(numbers.code, Self.rounds)
        }
      }
    let memory = [UInt8](repeating: 1, count: Self.bytes)
    let share = Self.bytes / threads / 256 * 256
    gigabytesPerSecond = memory.withUnsafeBytes { memory in
      // Safety: the threads only read, and end before the memory does.
      nonisolated(unsafe) let memory = memory
      return Self.rate(Double(share * threads)) {
        DispatchQueue.concurrentPerform(iterations: threads) { index in
          guard let base = memory.baseAddress else { return }
          _ = polya_read(base + index * share, share)
        }
      }
    }
  }

  /// Returns the best rate of several repetitions, in 10^9 units per second.
  private static func rate(_ work: Double, _ body: () -> Void) -> Double {
    let times = (0..<repetitions).map { _ in
      let start = Clock.seconds()
      body()
      return Clock.seconds() - start
    }
    return work / (times.min() ?? .infinity) / 1e9
  }
}

import PolyaCore
import Testing

@testable import PolyaTraining

struct MicroBatchesTests {
  private func sequences(_ lengths: [Int]) -> [TokenSequence] {
    lengths.map { TokenSequence(tokens: Array(repeating: 1, count: $0), from: 1) }
  }

  @Test func splitsWhereTheNextWouldNotFit() {
    let lengths = sequences([3, 4, 3, 9, 1, 1])
    #expect(MicroBatches.split(lengths, tokens: 10) == [0..<3, 3..<5, 5..<6])
    #expect(MicroBatches.split(lengths, tokens: 9) == [0..<2, 2..<3, 3..<4, 4..<6])
    #expect(MicroBatches.split(lengths, tokens: 21) == [0..<6])
    #expect(MicroBatches.split([], tokens: 10).isEmpty)
  }

  /// For any lengths and limit: everything once and in order, and above the limit only what is alone.
  @Test func everySequenceIsInOnePass() {
    let random = Randomness(seed: 5)
    for trial in 0..<300 {
      let stream = random.stream(UInt64(trial))
      let lengths = (0..<stream.below(12, 0)).map { stream.below(9, UInt64(1 + $0)) }
      let limit = 1 + stream.below(20, 100)
      let ranges = MicroBatches.split(sequences(lengths), tokens: limit)
      #expect(ranges.flatMap { Array($0) } == Array(lengths.indices))
      for range in ranges {
        #expect(!range.isEmpty)
        #expect(range.count == 1 || lengths[range].reduce(0, +) <= limit)
      }
      // No pass could take the first of the next one as well.
      for (range, next) in zip(ranges, ranges.dropFirst()) {
        #expect(lengths[range.lowerBound...next.lowerBound].reduce(0, +) > limit)
      }
    }
  }
}

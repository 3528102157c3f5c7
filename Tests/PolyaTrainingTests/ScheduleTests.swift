import PolyaTraining
import Testing

struct ScheduleTests {
  @Test func shapes() {
    let cosine = Schedule(peak: 2, shape: .cosine, warmup: 2)
    #expect(cosine.rate(0, of: 12) == 1)
    #expect(cosine.rate(1, of: 12) == 2)
    #expect(abs(cosine.rate(7, of: 12) - 1) < 1e-12)
    #expect(Schedule(peak: 3, shape: .constant, warmup: 0).rate(99, of: 100) == 3)
    #expect(abs(Schedule(peak: 1, shape: .linear, warmup: 0).rate(25, of: 100) - 0.75) < 1e-12)
  }

  /// The first step has a rate already, the first one after the warm-up the peak, and zero would come after the last.
  @Test(arguments: Schedule.Shape.allCases, [0, 1, 4]) func ends(shape: Schedule.Shape, warmup: Int) {
    let schedule = Schedule(peak: 3, shape: shape, warmup: warmup)
    #expect(schedule.rate(0, of: 20) == (warmup == 0 ? 3 : 3 / Double(warmup)))
    #expect(schedule.rate(warmup, of: 20) == 3)
    let rates = (warmup..<21).map { schedule.rate($0, of: 20) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { shape == .constant ? $0 == $1 : $0 > $1 })
    #expect(abs(rates[rates.count - 1] - (shape == .constant ? 3 : 0)) < 1e-12)
    #expect(rates[rates.count - 2] > 0)
  }

  @Test func aTrainingShorterThanItsWarmUpOnlyRises() {
    let schedule = Schedule(peak: 1, shape: .cosine, warmup: 10)
    #expect((0..<5).map { schedule.rate($0, of: 5) } == [0.1, 0.2, 0.3, 0.4, 0.5])
  }
}

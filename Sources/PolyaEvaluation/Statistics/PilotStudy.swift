internal import Glibc
package import PolyaCore
package import PolyaRecords

/// How large a comparison has to be, by what two models showed on some questions, or one model twice.
package struct PilotStudy: Sendable {
  /// What a comparison with some number of samples would show.
  package struct Row: Sendable, Equatable {
    /// The k of pass@k.
    package var k: Int
    /// The number of samples of each question.
    package var samples: Int
    /// The standard deviation of the difference over questions.
    package var deviation: Double
    /// The number of questions with which the effect is found.
    package var questions: Int
    /// The smallest effect that is found with the questions of the pilot.
    package var detectable: Double
  }

  /// The number of random subsets of the samples that stand for a smaller number of samples.
  private static let subsets = 200

  private let pairs: [(EvaluationRecord, EvaluationRecord)]
  private let isOneModel: Bool
  private let random: Randomness

  /// Creates a study of the records of the same questions in the same order.
  ///
  /// - Parameter second: Nil for another model that is as good on each question as the first, so that only the samples
  ///   differ. A real effect differs from question to question, so that more questions are needed.
  package init(_ first: [EvaluationRecord], _ second: [EvaluationRecord]?, random: Randomness) {
    pairs = Array(zip(first, second ?? first)).filter { $0.0.scored > 1 && $0.1.scored > 1 }
    isOneModel = second == nil
    self.random = random
  }

  /// The number of questions with at least two verdicts of each model.
  package var questions: Int { pairs.count }

  /// Returns rows for values of k and for the pilot's number of samples and its halves; where k is 1, or there is one model,
  /// also for twice and four times as many.
  package func rows(ks: [Int], effect: Double, size: SampleSize) -> [Row] {
    let most = pairs.map { min($0.0.scored, $0.1.scored) }.min() ?? 0
    guard most > 1, questions > 1 else { return [] }
    var counts: [Int] = []
    var samples = most
    while samples >= 1 {
      counts.insert(samples, at: 0)
      samples /= 2
    }
    return ks.flatMap { k -> [Row] in
      let wanted = counts.filter { $0 >= k } + (k == 1 || isOneModel ? [2 * most, 4 * most] : [])
      return wanted.map { samples in
        let deviation = (k == 1 ? variance(samples: samples) : variance(k: k, samples: samples)).squareRoot()
        return Row(
          k: k, samples: samples, deviation: deviation,
          questions: size.questions(effect: effect, deviation: deviation),
          detectable: size.effect(questions: questions, deviation: deviation))
      }
    }
  }

  /// The variance of the difference of pass@1: that of the true difference, which more samples do not reduce, and that of
  /// the samples.
  private func variance(samples: Int) -> Double {
    func noise(_ record: EvaluationRecord) -> Double {
      let (n, c) = (Double(record.scored), Double(record.correct))
      return c * (n - c) / (n * (n - 1))
    }
    let within = pairs.map { noise($0.0) + noise($0.1) }.mean / Double(samples)
    guard !isOneModel else { return within }
    let differences = pairs.map { a, b in
      Double(a.correct) / Double(a.scored) - Double(b.correct) / Double(b.scored)
    }
    let observed = pairs.map { noise($0.0) / Double($0.0.scored) + noise($0.1) / Double($0.1.scored) }.mean
    let deviation = differences.deviation
    return max(deviation * deviation - observed, 0) + within
  }

  /// The variance of the difference of pass@k, in the mean over random subsets of the samples.
  private func variance(k: Int, samples: Int) -> Double {
    (0..<Self.subsets).map { subset in
      let stream = random.stream(UInt64(subset))
      let differences = pairs.enumerated().map { index, pair in
        let own = stream.stream(UInt64(index))
        let first = pass(k, pair.0, samples, own.stream("first"))
        return first - pass(k, pair.1, samples, own.stream("second"))
      }
      let deviation = differences.deviation
      return deviation * deviation
    }.mean
  }

  /// Draws samples of a record, without putting them back; of one model twice, samples of another that is as good.
  private func pass(_ k: Int, _ record: EvaluationRecord, _ samples: Int, _ random: Randomness) -> Double {
    var (right, left, drawn) = (record.correct, record.scored, 0)
    for draw in 0..<samples {
      let isRight = random.below(left, UInt64(draw)) < right
      drawn += isRight ? 1 : 0
      guard !isOneModel else { continue }
      right -= isRight ? 1 : 0
      left -= 1
    }
    return PassAtK.estimate(k: k, samples: samples, correct: drawn) ?? 0
  }
}

extension Collection<Double> {
  var mean: Double { reduce(0, +) / Double(count) }

  /// The sample standard deviation, with n - 1.
  var deviation: Double {
    let mean = mean
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }
}

/// The values of questions, for each training seed of an arm.
package struct QuestionValues: Sendable {
  /// A row per training seed, with one value per question.
  package let seeds: [[Double]]
  /// The number of the cluster of each question, from 0 without gaps. Questions of one cluster are resampled together.
  package let clusters: [Int]

  /// Creates values. Traps unless all rows have the same length and there is at least one.
  ///
  /// - Parameter clusters: A name per question; nil if each question stands for itself.
  package init(_ seeds: [[Double]], clusters names: [String]? = nil) {
    let count = seeds[0].count
    precondition(seeds.allSatisfy { $0.count == count }, "seeds have different numbers of questions")
    self.seeds = seeds
    var known: [String: Int] = [:]
    clusters =
      names.map { names in
        precondition(names.count == count, "\(names.count) clusters of \(count) questions")
        return names.map { name in
          let number = known[name] ?? known.count
          known[name] = number
          return number
        }
      } ?? Array(0..<count)
  }

  private init(_ seeds: [[Double]], numbered clusters: [Int]) {
    self.seeds = seeds
    self.clusters = clusters
  }

  /// The mean of each question over the seeds.
  package var means: [Double] {
    guard seeds.count > 1 else { return seeds[0] }
    return seeds[0].indices.map { question in
      seeds.reduce(0) { $0 + $1[question] } / Double(seeds.count)
    }
  }

  /// Returns the differences of every pair of seeds.
  func differences(to other: QuestionValues) -> QuestionValues {
    QuestionValues(
      seeds.flatMap { a in other.seeds.map { b in zip(a, b).map { $0 - $1 } } }, numbered: clusters)
  }

  /// The number of questions in each cluster.
  var clusterSizes: [Double] {
    clusters.reduce(into: Array(repeating: 0, count: clusterCount)) { $0[$1] += 1 }
  }

  /// The sum of each cluster's values, by seed.
  var clusterSums: [[Double]] { seeds.map(sums) }

  /// The sum of each cluster's values in the mean over the seeds.
  var clusterSumsOfMeans: [Double] { sums(means) }

  /// The least two-sided p-value that so many clusters can show: all differences have one sign, of 2^n patterns of signs.
  /// Resampling alone would call a single question certain.
  var leastProbability: Double {
    (0..<min(max(clusterCount - 1, 0), 1000)).reduce(1) { value, _ in value / 2 }
  }

  private var clusterCount: Int { (clusters.max() ?? -1) + 1 }

  private func sums(_ row: [Double]) -> [Double] {
    zip(clusters, row).reduce(into: Array(repeating: 0, count: clusterCount)) { $0[$1.0] += $1.1 }
  }
}

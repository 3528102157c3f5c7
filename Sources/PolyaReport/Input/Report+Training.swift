extension Report {
  /// The values that a stage recorded for one metric.
  package struct Series: Sendable {
    /// The name of the metric, such as `loss` or `reward/mean`. Series of one name share a plot.
    package var name: String
    /// The stage that recorded it.
    package var stage: String
    /// The points in step order. In a long series, adjacent points are merged.
    package private(set) var points: [Point] = []
    /// The number of non-finite values, which leave gaps.
    package private(set) var undrawn = 0
    /// The number of values per point.
    private var share = 1

    /// The number of points above which they are merged in pairs. Plots cannot show more, and a training may
    /// run for days.
    static let most = 960

    /// Creates a series without points.
    package init(name: String, stage: String) {
      self.name = name
      self.stage = stage
    }

    /// Adds the value of a step.
    package mutating func append(step: Int, value: Double) {
      if !Axis.isDrawable(value) { undrawn += 1 }
      let point = Point(step: Double(step), value: value)
      if let last = points.last, last.recorded < share {
        points[points.count - 1] = Point(joining: [last, point])
      } else {
        points.append(point)
      }
      guard points.count > Self.most else { return }
      points = stride(from: 0, to: points.count, by: 2).map {
        Point(joining: points[$0..<min($0 + 2, points.count)])
      }
      share *= 2
    }

    /// One recorded value, or the mean and range of several adjacent ones.
    package struct Point: Sendable {
      /// The training step.
      var step: Double
      /// The value; NaN if there is none to draw.
      var value: Double
      var low, high: Double
      /// The number of values that it stands for, and of those that can be drawn.
      var recorded, drawn: Int

      init(step: Double, value: Double) {
        (self.step, self.value, low, high, recorded) = (step, value, value, value, 1)
        drawn = Axis.isDrawable(value) ? 1 : 0
      }

      init(joining points: some Collection<Point>) {
        let values = points.filter { $0.drawn > 0 }
        recorded = points.reduce(0) { $0 + $1.recorded }
        drawn = values.reduce(0) { $0 + $1.drawn }
        let (all, count) = (Double(recorded), Double(drawn))
        step = points.reduce(0) { $0 + $1.step * Double($1.recorded) / all }
        value = values.isEmpty ? .nan : values.reduce(0) { $0 + $1.value * Double($1.drawn) / count }
        low = values.map(\.low).min() ?? .nan
        high = values.map(\.high).max() ?? .nan
      }
    }
  }

  /// The results of the candidates of one heuristic.
  package struct Yield: Sendable {
    /// The name of the stage that made the candidates.
    package var stage: String
    /// The id of the heuristic.
    package var heuristic: String
    /// The number of candidates.
    package var attempted: Int
    /// The number of right candidates.
    package var verified: Int
    /// The number of candidates on which the verifier abstained.
    package var abstained: Int
    /// The number of candidates that failed, for example by a timeout or crash.
    package var failed: Int
    /// The number of right candidates selected for training.
    package var kept: Int
    /// The 95% interval of the share of right candidates; nil if there are no candidates.
    package var interval: ClosedRange<Double>?
    /// The mean length of a candidate in tokens; nil if it was not measured.
    package var meanTokens: Double?

    /// Creates a yield.
    package init(
      stage: String, heuristic: String, attempted: Int, verified: Int, abstained: Int, failed: Int, kept: Int,
      interval: ClosedRange<Double>? = nil, meanTokens: Double?
    ) {
      self.stage = stage
      self.heuristic = heuristic
      self.attempted = attempted
      self.verified = verified
      self.abstained = abstained
      self.failed = failed
      self.kept = kept
      self.interval = interval
      self.meanTokens = meanTokens
    }
  }
}

extension Report {
  /// A value recorded step by step while a stage trained.
  package struct Series: Sendable {
    /// The metric, such as `loss` or `reward/mean`; series of one name share a plot.
    package var name: String
    /// The stage that recorded it.
    package var stage: String
    /// The points in the order of their steps; neighbors of a long series are one.
    package private(set) var points: [Point] = []
    /// Values that were not finite; they leave a gap.
    package private(set) var undrawn = 0
    /// Values that a point stands for.
    private var share = 1

    /// More points are joined in pairs: no plot shows them, and a training may go on for days.
    static let most = 960

    /// A series without points.
    package init(name: String, stage: String) {
      self.name = name
      self.stage = stage
    }

    /// Adds the value after a step.
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

    /// One recorded value, or the mean of neighbors with its range.
    package struct Point: Sendable {
      /// The step of training.
      var step: Double
      /// The value after it; not a number where there is none to draw.
      var value: Double
      var low, high: Double
      /// Values that it stands for, and those of them that can be drawn.
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

  /// What became of the candidates of one heuristic.
  package struct Yield: Sendable {
    /// The heuristic.
    package var heuristic: String
    /// Candidates asked for.
    package var attempted: Int
    /// Candidates whose answer is right.
    package var verified: Int
    /// Candidates of which no reward would say anything.
    package var abstained: Int
    /// Candidates lost to a failure: timeout, crash, refusal.
    package var failed: Int
    /// Verified candidates selected for training.
    package var kept: Int
    /// 95% interval of the share of right candidates; nil where nothing was attempted.
    package var interval: ClosedRange<Double>?
    /// Mean length of a candidate in tokens; nil where it was not measured.
    package var meanTokens: Double?

    /// Describes the yield of a heuristic.
    package init(
      heuristic: String, attempted: Int, verified: Int, abstained: Int, failed: Int, kept: Int,
      interval: ClosedRange<Double>? = nil, meanTokens: Double?
    ) {
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

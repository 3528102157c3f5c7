/// Reduces a long series to what a plot can show, without hiding its spread.
enum SeriesCondenser {
  /// Returns buckets of adjacent steps as points, with the mean as y and the range as low and high.
  ///
  /// A series of at most `limit` points is not changed. Points that cannot be drawn are left out of their
  /// bucket; a bucket with no other points remains as a gap.
  static func points(of series: Report.Series, limit: Int = 120) -> [LinePlot.Point] {
    let points = series.points
    guard points.count > limit else {
      return points.map { point in
        LinePlot.Point(
          x: point.step, y: point.value,
          tooltip:
            "\(series.stage), step \(NumberText.count(Int(point.step))): \(NumberText.significant(point.value))"
        )
      }
    }
    return (0..<limit).map { bucket in
      let range = bucket * points.count / limit..<(bucket + 1) * points.count / limit
      let point = Report.Series.Point(joining: points[range])
      let isDrawn = point.drawn > 0
      return LinePlot.Point(
        x: point.step, y: point.value, low: isDrawn ? point.low : nil, high: isDrawn ? point.high : nil,
        tooltip: "")
    }
  }
}

/// Thins a long series to what a plot can show, without hiding its spread.
enum SeriesCondenser {
  /// Buckets of neighbouring steps as points: the mean as y, the range as low and high.
  ///
  /// A series of at most `limit` points stays as it is. Points that cannot be drawn are left out of their bucket; a
  /// bucket of nothing else stays as a gap.
  static func points(of series: Report.Series, limit: Int = 120) -> [LinePlot.Point] {
    let points = series.points
    guard points.count > limit else {
      return points.map { point in
        LinePlot.Point(
          x: Double(point.step), y: point.value,
          tooltip:
            "\(series.stage), step \(NumberText.count(point.step)): \(NumberText.significant(point.value))")
      }
    }
    return (0..<limit).map { bucket in
      let range = bucket * points.count / limit..<(bucket + 1) * points.count / limit
      return condensed(points[range])
    }
  }

  private static func condensed(_ bucket: ArraySlice<Report.Series.Point>) -> LinePlot.Point {
    let steps = bucket.map { Double($0.step) }
    let values = bucket.map(\.value).filter(Axis.isDrawable)
    let count = Double(values.count)
    return LinePlot.Point(
      x: steps.reduce(0) { $0 + $1 / Double(steps.count) },
      y: values.isEmpty ? .nan : values.reduce(0) { $0 + $1 / count },
      low: values.min(), high: values.max(), tooltip: "")
  }
}

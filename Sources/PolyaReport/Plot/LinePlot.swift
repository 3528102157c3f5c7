/// A plot of a few lines with interval bands. Each line is labeled at its end instead of in a legend.
struct LinePlot {
  struct Line {
    var label: String
    /// Selects color, dash, and marker. An arm has the same style in every plot.
    var style: Int
    var points: [Point]
    var showsMarkers: Bool
  }

  struct Point {
    var x: Double
    var y: Double
    var low: Double?
    var high: Double?
    var tooltip: String

    var isDrawable: Bool { Axis.isDrawable(x) && Axis.isDrawable(y) }
  }

  var description: String
  var x: Axis
  var y: Axis
  var lines: [Line]

  private static let width = 580.0
  private static let height = 340.0
  private static let left = 46.0
  private static let top = 30.0
  private static let bottom = 292.0
  private static let labelLength = 20

  private var right: Double {
    let longest = lines.map { min($0.label.count, Self.labelLength) }.max() ?? 0
    return Self.width - 22 - 7.2 * Double(longest)
  }

  func svg() -> HTML {
    var drawing: HTML = """
      <svg class="plot" viewBox="0 0 \(px: Self.width) \(px: Self.height)" role="img" \
      aria-label="\(description)">\(grid())
      """
    for line in lines { drawing += band(line) }
    for line in lines { drawing += stroke(line) }
    drawing += endLabels()
    return "\(drawing)</svg>\n"
  }

  private func place(_ point: Point) -> (x: Double, y: Double) { (horizontal(point.x), vertical(point.y)) }

  private func horizontal(_ value: Double) -> Double { Self.left + x.share(value) * (right - Self.left) }

  private func vertical(_ value: Double) -> Double {
    Self.bottom - min(max(y.share(value), 0), 1) * (Self.bottom - Self.top)
  }

  private func grid() -> HTML {
    var marks: HTML = """
      <text class="axis" x="0" y="14">\(y.title)</text>
      """
    for tick in y.ticks {
      let place = vertical(tick.value)
      marks += """
        <line class="grid" x1="\(px: Self.left)" x2="\(px: right)" y1="\(px: place)" y2="\(px: place)"/>\
        <text class="tick" x="\(px: Self.left - 8)" y="\(px: place + 4)" text-anchor="end">\(tick.label)</text>
        """
    }
    for tick in x.ticks {
      let place = horizontal(tick.value)
      marks += """
        <line class="notch" x1="\(px: place)" x2="\(px: place)" y1="\(px: Self.bottom)" \
        y2="\(px: Self.bottom + 5)"/>\
        <text class="tick" x="\(px: place)" y="\(px: Self.bottom + 20)" text-anchor="middle">\(tick.label)</text>
        """
    }
    return """
      \(marks)<line class="base" x1="\(px: Self.left)" x2="\(px: right)" y1="\(px: Self.bottom)" \
      y2="\(px: Self.bottom)"/>\
      <text class="axis" x="\(px: (Self.left + right) / 2)" y="\(px: Self.height - 8)" \
      text-anchor="middle">\(x.title)</text>
      """
  }

  private func band(_ line: Line) -> HTML {
    let edges = line.points.filter(\.isDrawable).compactMap {
      point -> (x: Double, low: Double, high: Double)? in
      guard let low = point.low, let high = point.high, Axis.isDrawable(low), Axis.isDrawable(high) else {
        return nil
      }
      return (horizontal(point.x), vertical(low), vertical(high))
    }
    guard edges.count > 1 else { return .empty }
    let outline = edges.map { ($0.x, $0.high) } + edges.reversed().map { ($0.x, $0.low) }
    let corners = outline.map { x, y in "\(px: x),\(px: y) " as HTML }
    return "<polygon class=\"band s\(line.style % 8)\" points=\"\(corners)\"/>"
  }

  private func stroke(_ line: Line) -> HTML {
    let pieces = line.points.split { !$0.isDrawable }
    var drawing = HTML.empty
    for piece in pieces where piece.count > 1 {
      let corners = piece.map { point -> HTML in
        let (x, y) = place(point)
        return "\(px: x),\(px: y) "
      }
      drawing += """
        <polyline class="line s\(line.style % 8) d\(line.style / 8 % 3)" points="\(corners)"/>
        """
    }
    let marked = line.showsMarkers ? pieces.flatMap { $0 } : pieces.filter { $0.count == 1 }.flatMap { $0 }
    for point in marked {
      let (x, y) = place(point)
      drawing += Marker.svg(x: x, y: y, style: line.style, tooltip: point.tooltip)
    }
    return drawing
  }

  private func endLabels() -> HTML {
    let ends = lines.compactMap { line -> (line: Line, y: Double)? in
      guard let last = line.points.last(where: \.isDrawable) else { return nil }
      return (line, vertical(last.y))
    }
    let places = LabelSpread.spread(ends.map(\.y), gap: 16, within: Self.top...Self.bottom)
    var drawing = HTML.empty
    for (end, place) in zip(ends, places) {
      drawing += """
        <text class="end s\(end.line.style % 8)" x="\(px: right + 11)" y="\(px: place + 4)">\
        \(end.line.label.shortened(to: Self.labelLength))</text>
        """
    }
    return drawing
  }
}

extension String {
  /// Returns at most `length` characters, ending in an ellipsis if the string was cut.
  func shortened(to length: Int) -> String {
    count <= length ? self : prefix(length - 1) + "…"
  }
}

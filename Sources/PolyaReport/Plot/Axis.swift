import Glibc

/// Maps the values of one dimension to positions in a drawing.
struct Axis: Sendable {
  enum Scale: Sendable { case linear, log2 }

  struct Tick: Sendable {
    var value: Double
    var label: String
  }

  var scale: Scale
  var low: Double
  var high: Double
  var ticks: [Tick]
  var title: String

  /// Returns the position of `value` between `low` (0) and `high` (1).
  func share(_ value: Double) -> Double {
    switch scale {
    case .linear: (value - low) / (high - low)
    case .log2: (Glibc.log2(value) - Glibc.log2(low)) / (Glibc.log2(high) - Glibc.log2(low))
    }
  }

  /// Whether a value can be drawn: it is finite, and small enough that differences do not overflow.
  static func isDrawable(_ value: Double) -> Bool { value.magnitude <= 1e100 }

  /// Returns a linear axis with round ticks that covers `values` with some padding.
  ///
  /// - Parameters:
  ///  - bounds: The limits that values cannot exceed, such as 0...1 for a share.
  ///  - label: Formats a tick, given the number of decimals that distinguish it from its neighbors.
  static func linear(
    covering values: [Double], padding: Double, bounds: ClosedRange<Double>? = nil, title: String,
    label: (Double, Int) -> String
  ) -> Axis {
    let drawable = values.filter(isDrawable)
    var low = drawable.min() ?? 0
    var high = drawable.max() ?? 1
    let reach = max(low.magnitude, high.magnitude)
    // A span close to the smallest numbers has no power of ten for ticks.
    if high - low <= max(reach * 1e-6, 1e-100) {
      let air = reach > 1e-100 ? reach * 0.05 : 0.5
      low -= air
      high += air
    }
    let air = (high - low) * padding
    low -= air
    high += air
    if let bounds {
      low = max(low, bounds.lowerBound)
      high = min(high, bounds.upperBound)
      if high <= low { (low, high) = (bounds.lowerBound, bounds.upperBound) }
    }
    return Axis(scale: .linear, low: low, high: high, ticks: roundTicks(low, high, label), title: title)
  }

  /// Returns a logarithmic axis whose ticks are the values themselves, or powers of two if there are many.
  static func log2(covering values: [Int], title: String) -> Axis {
    let sorted = Set(values).sorted()
    let shown = sorted.count <= 9 ? sorted : sorted.filter { $0.nonzeroBitCount == 1 }
    let low = Double(sorted.first ?? 1)
    let high = Double(sorted.last ?? 2)
    return Axis(
      scale: .log2, low: low == high ? low / 2 : low, high: low == high ? high * 2 : high,
      ticks: shown.map { Tick(value: Double($0), label: NumberText.count($0)) }, title: title)
  }

  private static func roundTicks(
    _ low: Double, _ high: Double, _ label: (Double, Int) -> String
  ) -> [Tick] {
    let rough = (high - low) / 5
    let exponent = log10(rough).rounded(.down)
    let magnitude = pow(10, exponent)
    let step =
      switch rough / magnitude {
      case ..<1.5: magnitude
      case ..<3.5: 2 * magnitude
      case ..<7.5: 5 * magnitude
      default: 10 * magnitude
      }
    let decimals = max(0, -Int(log10(step * 1.0001).rounded(.down)))
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { Tick(value: Double($0) * step, label: label(Double($0) * step, decimals)) }
  }
}

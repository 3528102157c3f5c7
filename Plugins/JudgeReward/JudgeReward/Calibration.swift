internal import Glibc
internal import PolyaKit

/// Logistic regression from a judge's raw share to the probability that it is right (Platt 1999, with the targets and
/// the Newton steps of Lin, Lin & Weng 2007): p = logistic(slope * log-odds(raw) + offset).
struct Calibration {
  let slope, offset: Double

  /// - Parameter rows: at least one that is right and one that is wrong.
  init(_ rows: [(raw: Double, right: Bool)], _ path: String) throws {
    let right = Double(rows.count { $0.right })
    let wrong = Double(rows.count) - right
    guard right > 0, wrong > 0 else {
      throw Failure(
        .badOption, "\(path) must have rows whose 'right' is true and rows whose 'right' is false")
    }
    let points = rows.map { row in
      (x: Self.logOdds(row.raw), target: row.right ? (right + 1) / (right + 2) : 1 / (wrong + 2))
    }
    var (a, b) = (0.0, log((right + 1) / (wrong + 1)))
    var loss = Self.loss(points, a, b)
    for _ in 0..<100 {
      guard let (da, db) = Self.newtonStep(points, a, b) else { break }
      var share = 1.0
      while share > 1e-10, Self.loss(points, a - share * da, b - share * db) > loss { share /= 2 }
      guard share > 1e-10 else { break }
      (a, b) = (a - share * da, b - share * db)
      loss = Self.loss(points, a, b)
    }
    (slope, offset) = (a, b)
  }

  /// Of the cross-entropy; nil at its minimum. A small ridge keeps rows of one value solvable.
  private static func newtonStep(_ points: [(x: Double, target: Double)], _ a: Double, _ b: Double) -> (
    Double, Double
  )? {
    var (ga, gb, haa, hab, hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12)
    for point in points {
      let p = 1 / (1 + exp(-(a * point.x + b)))
      let (error, weight) = (p - point.target, p * (1 - p))
      ga += error * point.x
      gb += error
      haa += weight * point.x * point.x
      hab += weight * point.x
      hbb += weight
    }
    let determinant = haa * hbb - hab * hab
    guard abs(ga) > 1e-9 || abs(gb) > 1e-9, determinant > 0 else { return nil }
    return ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant)
  }

  /// 0...1, finite for 0 and 1 too.
  func probability(_ raw: Double) -> Double { 1 / (1 + exp(-(slope * Self.logOdds(raw) + offset))) }

  private static func logOdds(_ raw: Double) -> Double {
    let inside = min(max(raw, 1e-6), 1 - 1e-6)
    return log(inside / (1 - inside))
  }

  private static func loss(_ points: [(x: Double, target: Double)], _ a: Double, _ b: Double) -> Double {
    points.reduce(0) { sum, point in
      let z = a * point.x + b
      // log(1 + e^z) - target * z without overflow
      return sum + max(z, 0) + log1p(exp(-abs(z))) - point.target * z
    }
  }
}

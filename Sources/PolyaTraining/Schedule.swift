internal import Glibc

/// How the learning rate goes over the steps of a stage.
package struct Schedule: Sendable, Equatable {
  /// The shape after the warm-up.
  package enum Shape: String, Sendable, CaseIterable {
    case constant
    /// Down to zero in a line.
    case linear
    /// Down to zero in half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5 without restarts).
    case cosine
  }

  /// The highest rate.
  package var peak: Double
  /// The shape after the warm-up.
  package var shape: Shape
  /// Steps of linear warm-up.
  package var warmup: Int

  /// A schedule.
  package init(peak: Double, shape: Shape, warmup: Int) {
    self.peak = peak
    self.shape = shape
    self.warmup = warmup
  }

  /// The rate of step `step` of `total`, both counted from 0.
  package func rate(_ step: Int, of total: Int) -> Double {
    if step < warmup { return peak * Double(step + 1) / Double(warmup) }
    let progress = Double(step - warmup) / Double(max(total - warmup, 1))
    switch shape {
    case .constant: return peak
    case .linear: return peak * (1 - progress)
    case .cosine: return peak * 0.5 * (1 + cos(.pi * progress))
    }
  }
}

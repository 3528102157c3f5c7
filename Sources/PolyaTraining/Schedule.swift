internal import Glibc

/// The learning rate over the steps of a stage.
package struct Schedule: Sendable, Equatable {
  /// The shape of the schedule after the warm-up.
  package enum Shape: String, Sendable, CaseIterable {
    case constant
    /// A linear decay to zero.
    case linear
    /// A half-cosine decay to zero (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5 without restarts).
    case cosine
  }

  /// The highest learning rate.
  package var peak: Double
  /// The shape after the warm-up.
  package var shape: Shape
  /// The number of linear warm-up steps.
  package var warmup: Int

  /// Creates a schedule.
  package init(peak: Double, shape: Shape, warmup: Int) {
    self.peak = peak
    self.shape = shape
    self.warmup = warmup
  }

  /// Returns the learning rate of a step, counted from 0, out of `total`.
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

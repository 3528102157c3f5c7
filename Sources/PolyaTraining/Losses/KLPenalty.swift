internal import Glibc

/// The penalty for the divergence from a reference model.
package struct KLPenalty: Sendable, Equatable {
  /// An estimate of the divergence from one sampled token (Schulman 2020, "Approximating KL divergence"), with
  /// d = log p - log reference.
  package enum Estimator: String, Sendable, CaseIterable {
    /// d: without bias, of high variance; as a loss, its mean gradient is zero.
    case k1
    /// d² / 2: biased, of low variance.
    case k2
    /// exp(-d) + d - 1: without bias and never negative.
    case k3

    /// Returns the estimate and its derivative by the trained model's log-prob.
    func value(_ logprob: Double, _ reference: Double) -> (value: Double, slope: Double) {
      let d = logprob - reference
      switch self {
      case .k1: return (d, 1)
      case .k2: return (d * d / 2, d)
      case .k3: return (exp(-d) + d - 1, 1 - exp(-d))
      }
    }
  }

  /// Where the penalty acts.
  package enum Place: String, Sendable, CaseIterable {
    /// As a term of the loss.
    case loss
    /// Subtracted from each rollout's reward, summed over its tokens, before advantages are computed.
    case reward
  }

  /// The factor; 0 means that there is no reference.
  package var coefficient: Double
  /// The estimate.
  package var estimator: Estimator
  /// Where the penalty acts.
  package var place: Place

  /// Creates a penalty, by default with k3 in the loss.
  package init(coefficient: Double, estimator: Estimator = .k3, place: Place = .loss) {
    self.coefficient = coefficient
    self.estimator = estimator
    self.place = place
  }
}

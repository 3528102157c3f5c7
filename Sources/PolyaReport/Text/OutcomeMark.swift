internal import PolyaCore

/// How an outcome is shown.
enum OutcomeMark {
  /// Returns the CSS class of an outcome.
  static func style(_ outcome: Outcome) -> String {
    outcome == .timedOut ? Outcome.failed.rawValue : outcome.rawValue
  }

  /// Returns its name for readers.
  static func word(_ outcome: Outcome) -> String {
    switch outcome {
    case .right: "right"
    case .wrong: "wrong"
    case .abstained: "no verdict"
    case .failed: "failed"
    case .timedOut: "timed out"
    }
  }

  /// Returns a symbol that repeats the outcome for readers who cannot see its color.
  static func sign(_ outcome: Outcome) -> String {
    switch outcome {
    case .right: "✓"
    case .wrong: "✗"
    case .abstained: "–"
    case .failed, .timedOut: "!"
    }
  }
}

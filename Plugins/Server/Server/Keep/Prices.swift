internal import PolyaKit

/// What tokens cost, and how much may be spent.
struct Prices: Sendable, Equatable {
  /// Cost of a million tokens.
  let input, output: Double
  /// nil: as much as it takes.
  let budget: Double?
  /// Whether a cost can be stated at all.
  let areKnown: Bool

  init(input: Double?, output: Double?, budget: Double?) throws {
    guard budget == nil || input != nil && output != nil else {
      throw Failure(
        .badOption,
        "budget is \(budget ?? 0), but what a token costs is unknown; give price-in and price-out, too")
    }
    self.input = input ?? 0
    self.output = output ?? 0
    self.budget = budget
    areKnown = input != nil || output != nil
  }

  func cost(_ usage: Usage) -> Double {
    (Double(usage.prompt) * input + Double(usage.completion) * output) / 1e6
  }
}

internal import PolyaKit

/// What has been asked and spent, and what the requests in flight may still cost.
struct Account {
  /// Counts of one call or of all.
  struct Totals: Equatable {
    /// Answers of servers.
    var requests = 0
    /// Answers that the cache had.
    var cached = 0
    /// Attempts that came to nothing.
    var retries = 0
    var usage = Usage()
    var cost = 0.0
  }

  let prices: Prices
  private(set) var call = Totals()
  private(set) var total = Totals()
  private var reserved: [Int: Double] = [:]

  init(_ prices: Prices) { self.prices = prices }

  mutating func beginCall() {
    call = Totals()
    reserved = [:]
  }

  /// Whether a request may begin.
  enum Leave: Equatable {
    case yes
    /// Perhaps when those on their way turn out cheaper than they might be.
    case later
    case no
  }

  /// Reserves the most that a request may cost.
  mutating func begin(_ number: Int, _ most: Usage) -> Leave {
    let cost = prices.cost(most)
    guard let budget = prices.budget else { return .yes }
    guard total.cost + cost <= budget else { return .no }
    guard total.cost + reserved.values.reduce(0, +) + cost <= budget else { return .later }
    reserved[number] = cost
    return .yes
  }

  mutating func end(_ number: Int, _ usage: Usage) {
    reserved[number] = nil
    let cost = prices.cost(usage)
    change {
      $0.requests += 1
      $0.usage.prompt += usage.prompt
      $0.usage.completion += usage.completion
      $0.cost += cost
    }
  }

  mutating func wasCached() { change { $0.cached += 1 } }
  mutating func wasRetried() { change { $0.retries += 1 } }

  private mutating func change(_ body: (inout Totals) -> Void) {
    body(&call)
    body(&total)
  }

  /// The sentence for a request that would cost too much.
  func refusal(_ most: Usage) -> Failure {
    Failure(
      .limit,
      "budget is \(Self.shown(prices.budget ?? 0)), of which \(Self.shown(total.cost)) is spent, and the next request may cost "
        + "\(Self.shown(prices.cost(most))) (\(most.prompt) prompt and \(most.completion) completion tokens); raise budget, or ask for fewer or shorter samples"
    )
  }

  /// One line on the last call and on all.
  var line: String {
    "\(text(call)); in total \(text(total))"
  }

  private func text(_ totals: Totals) -> String {
    let notes = [
      totals.cached > 0 ? "\(totals.cached) from the cache" : nil,
      totals.retries > 0 ? "\(totals.retries) attempts repeated" : nil,
    ].compactMap { $0 }
    let cost = prices.areKnown ? ", cost \(Self.shown(totals.cost))" : ""
    return "\(totals.requests) requests" + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
      + ", \(totals.usage.prompt) prompt and \(totals.usage.completion) completion tokens\(cost)"
  }

  /// Six digits after the point, without zeros at the end.
  static func shown(_ cost: Double) -> String {
    let millionths = Int((min(cost, 1e12) * 1e6).rounded())
    var digits = String(millionths % 1_000_000 + 1_000_000).dropFirst()
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(millionths / 1_000_000)" + (digits.isEmpty ? "" : ".\(digits)")
  }
}

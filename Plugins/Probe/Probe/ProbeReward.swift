public import PolyaKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// A reward that does nothing, so that what is measured around it is the boundary.
public struct ProbeReward: Reward {
  public static let id = "polya.probe"
  public static let title = "Probe"
  public static let summary = "Scores every answer 1; 'polya bench' measures the host's boundary with it."
  public static let options = [
    Option(
      "crash-on", .text,
      help: "An answer that is exactly this text ends the process at once, as a broken plugin would.")
  ]

  public let range = 0.0...1.0
  private let crashOn: String?

  public init(options: OptionValues, call: Call) throws { crashOn = options.text("crash-on") }

  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    if item.completion == crashOn { abort() }
    return .scored(Verdict.Score(1, extracted: .bytes(0..<item.completion.utf8.count)))
  }
}

internal import Glibc
public import PolyaKit

/// A reward that does nothing, so that what is measured around it is the boundary.
public struct ProbeReward: Reward {
  /// As manifests name it.
  public static let id = "polya.probe"
  /// For lists.
  public static let title = "Probe"
  /// One sentence.
  public static let summary =
    "Scores every answer 1; 'polya bench' uses it to measure the cost of the host's boundary."
  /// What a manifest may set.
  public static let options = [
    Option(
      "crash-on", .text,
      help: "An answer that equals this text ends the process at once, as a broken plugin would.")
  ]

  /// Every score is 1.
  public let range = 0.0...1.0
  private let crashOn: String?

  /// Takes the options as the host has checked them.
  public init(options: OptionValues, call: Call) throws { crashOn = options.text("crash-on") }

  /// Scores 1, or ends the process.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    if item.completion == crashOn { abort() }
    return .scored(Verdict.Score(1, extracted: .bytes(0..<item.completion.utf8.count)))
  }
}

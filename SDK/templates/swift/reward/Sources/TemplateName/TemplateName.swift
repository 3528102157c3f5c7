public import CPolya
import PolyaKit

/// 1 when the trimmed completion equals the reference.
struct TemplateName: Reward {
  static let id = "TEMPLATE_ID"
  static let title = "Exact match"
  static let summary = "1 when the trimmed completion equals the reference."
  static let options = [
    Option("fold-case", .bool, default: "false", help: "Compare ASCII letters without case."),
    Option("wrong", .real(-1...0), default: "0", help: "Score of a wrong answer."),
  ]

  private let foldsCase: Bool
  private let wrong: Double

  var range: ClosedRange<Double> { wrong...1 }

  init(options: OptionValues, call: Call) throws {
    foldsCase = options.bool("fold-case") ?? false
    wrong = options.real("wrong") ?? 0
  }

  func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    // Nothing to compare with is not "wrong".
    guard !item.reference.isEmpty else { return .abstain() }
    let bytes = Array(item.completion.utf8)
    let reference = Array(item.reference.utf8)
    let answer = trimmed(bytes)
    let same = bytes[answer].elementsEqual(reference[trimmed(reference)]) { folded($0) == folded($1) }
    return .scored(Verdict.Score(same ? 1 : wrong, extracted: .bytes(answer)))
  }

  private func folded(_ byte: UInt8) -> UInt8 {
    foldsCase && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }

  /// The range without blanks and control characters around it.
  private func trimmed(_ bytes: [UInt8]) -> Range<Int> {
    let blank = UInt8(ascii: " ")
    guard let first = bytes.firstIndex(where: { $0 > blank }),
      let last = bytes.lastIndex(where: { $0 > blank })
    else { return 0..<0 }
    return first..<last + 1
  }
}

private let module = Module(name: "template-name", version: "0.1.0", plugins: [TemplateName.self])

/// The only symbol that leaves the plugin.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

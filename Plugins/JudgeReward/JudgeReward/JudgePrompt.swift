internal import PolyaKit

/// What a judge is asked about an item.
struct JudgePrompt {
  private enum Part {
    case text(String)
    case question, answer, reference
  }

  private let parts: [Part]

  /// - Parameter template: holds {answer}, and perhaps {question} and {reference}; other braces stand for themselves.
  init(_ template: String) throws {
    let places: [(String, Part)] = [
      ("{question}", .question), ("{answer}", .answer), ("{reference}", .reference),
    ]
    var parts: [Part] = []
    var rest = template[...]
    while let next = places.compactMap({ place in rest.ranges(of: place.0).first.map { ($0, place.1) } })
      .min(by: { $0.0.lowerBound < $1.0.lowerBound })
    {
      parts.append(.text(String(rest[..<next.0.lowerBound])))
      parts.append(next.1)
      rest = rest[next.0.upperBound...]
    }
    self.parts = parts + [.text(String(rest))]
    guard self.parts.contains(where: { if case .answer = $0 { true } else { false } }) else {
      throw Failure(
        .badOption, "prompt must contain {answer}; otherwise the judge would not see what it judges")
    }
  }

  /// What stands in an answer is never read as a place of the template.
  func text(for item: RewardItem) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .question: item.question
      case .answer: item.completion
      case .reference: item.reference
      }
    }.joined()
  }
}

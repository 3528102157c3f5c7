internal import AnswerText

/// Decides whether the final answer of a completion is the reference's. Pure, exact, linear in the completion.
///
/// Three outcomes, for "cannot tell" must never look like "wrong": without a usable reference, or with an answer
/// beyond the limits, the grader abstains. A completion without any answer is wrong.
public struct MathGrader: Sendable {
  private let parser: AnswerParser
  private let limits: AnswerLimits

  /// A grader that works on answers up to `limits`.
  public init(limits: AnswerLimits = AnswerLimits()) {
    self.limits = limits
    parser = AnswerParser(limits: limits)
  }

  /// The verdict on one completion; `reference` may be a bare answer or a worked solution.
  public func grade(completion: String, reference: String) -> Grade {
    grade(completion: Array(completion.utf8), reference: Array(reference.utf8))
  }

  /// As above, on the UTF-8 bytes; invalid sequences do no harm.
  public func grade(completion: [UInt8], reference: [UInt8]) -> Grade {
    guard completion.count <= limits.text else {
      return .abstain(
        "completion-too-long",
        "the completion has \(completion.count) bytes, over the limit of \(limits.text), and is not read")
    }
    guard reference.count <= limits.text else {
      return .abstain(
        "unreadable-reference",
        "the reference has \(reference.count) bytes, over the limit of \(limits.text), and is not read")
    }
    guard let found = AnswerExtraction(of: reference, parser: parser).referenceAnswer() else {
      return .abstain("no-reference", "the task has no reference answer to compare with")
    }
    var expected: [Answer] = []
    do throws(AnswerLimitExceeded) {
      guard found.spans(of: reference).allSatisfy(Self.hasBalancedBraces),
        let answer = try parser.parse(found.spans(of: reference))
      else {
        return .abstain("unreadable-reference", "the reference cannot be read as an answer")
      }
      expected = [answer]
      if let decimal = DecimalComma.decimal(reference[found.range]),
        let other = try parser.parse(decimal[...])
      {
        expected.append(other)
      }
    } catch {
      return .abstain("unreadable-reference", "the reference \(error.explanation)")
    }
    if let letter = ChoiceLetter(expected[0]), let grade = letter.grade(completion) { return grade }
    var grade = grade(completion, against: expected)
    if grade.verdict == .wrong, case .text = expected[0],
      let text = ProseText(reference: reference[found.range])
    {
      let extraction = AnswerExtraction(of: completion, parser: parser, isCompletion: true)
      if let place = extraction.statement(grade.range, grade.source), text.isStated(in: completion[place]) {
        grade.verdict = .right
        grade.range = place
        grade.notes = [
          GradeNote(
            code: "compared-as",
            message: "the sentence ends with the words of the reference and does not deny them",
            range: place)
        ]
      }
    }
    return grade
  }

  private func grade(_ completion: [UInt8], against expected: [Answer]) -> Grade {
    guard let found = AnswerExtraction(of: completion, parser: parser, isCompletion: true).completionAnswer()
    else {
      return Grade(
        verdict: .wrong,
        notes: [
          GradeNote(code: "no-answer", message: "the completion has no answer", isWarning: true)
        ])
    }
    let origin = GradeNote(
      code: "answer-from", message: "taken from \(found.source.rawValue)", range: found.range)
    do throws(AnswerLimitExceeded) {
      let budget = ComparisonBudget()
      var isRight = false
      let readings = try readings(found, completion)
      var (decided, by) = (readings.first, expected.first)
      for reading in readings where !isRight {
        for answer in expected where !isRight {
          isRight = try AnswerComparison.areEqual(reading, answer, budget)
          if isRight { (decided, by) = (reading, answer) }
        }
      }
      return Grade(
        verdict: isRight ? .right : .wrong, range: found.range, source: found.source,
        notes: [origin] + Self.explanation(decided, by))
    } catch {
      let limit = GradeNote(
        code: error.code, message: "the answer \(error.explanation), so it was not compared",
        range: found.range,
        isWarning: true)
      return Grade(
        verdict: .abstain, range: found.range, source: found.source, notes: [origin, limit])
    }
  }

  private static func explanation(_ answer: Answer?, _ reference: Answer?) -> [GradeNote] {
    guard let answer, let reference else { return [] }
    return [
      GradeNote(
        code: "compared-as",
        message:
          "read as \(answer.kindName), the reference as \(reference.kindName): \(answer.rule(against: reference))"
      )
    ]
  }

  /// What the span may mean: in running text `42!` is 42 with feeling or a factorial, and `2,74` may have a decimal
  /// comma.
  private func readings(
    _ found: AnswerExtraction.Found, _ completion: [UInt8]
  ) throws(AnswerLimitExceeded) -> [Answer] {
    let span = completion[found.range]
    var readings: [Answer] = []
    if let answer = try parser.parse(found.spans(of: completion)) { readings.append(answer) }
    if found.source.isProse, span.last == UInt8(ascii: "!"), let answer = try parser.parse(span.dropLast()) {
      readings.append(answer)
    }
    for other in alternatives(span) {
      if let answer = try parser.parse(other) { readings.append(answer) }
    }
    if let decimal = DecimalComma.decimal(span, isUsual: found.hasDecimalComma),
      let answer = try parser.parse(decimal[...])
    {
      readings.append(answer)
    }
    return readings
  }

  /// `99,100,101` is a list of three numbers or one number, and `P(3, 4)` a point or a count.
  private func alternatives(_ span: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    let text = span.trimming { $0.isSpace || $0 == UInt8(ascii: "$") }
    let groups = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    if groups.count >= 2, (1...3).contains(groups[0].count), groups[0].allSatisfy(\.isDigit),
      groups.dropFirst().allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isDigit) })
    {
      return [ArraySlice(groups.joined(separator: ", ".utf8))]
    }
    guard let first = text.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first),
      text.hasText("(", at: text.startIndex + 1),
      text.last == UInt8(ascii: ")")
    else { return [] }
    return [text.dropFirst()]
  }

  private static func hasBalancedBraces(_ text: ArraySlice<UInt8>) -> Bool {
    var depth = 0
    var isEscaped = false
    for byte in text {
      if !isEscaped, byte == UInt8(ascii: "{") { depth += 1 }
      if !isEscaped, byte == UInt8(ascii: "}") { depth -= 1 }
      guard depth >= 0 else { return false }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return depth == 0
  }
}

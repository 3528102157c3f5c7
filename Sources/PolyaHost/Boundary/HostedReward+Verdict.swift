internal import CPolya
internal import PolyaCore

extension HostedReward {
  /// Converts a result row to a verdict.
  ///
  /// - Parameters:
  ///  - reason: Why its status is not OK.
  ///  - size: Returns the number of bytes of the completion as the plugin saw it.
  func verdict(_ result: PolyaRewardResult, _ reason: String, size: () -> Int) throws -> Verdict {
    if result.status == PolyaStatus(POLYA_TIMED_OUT) { return Verdict(.timedOut(reason)) }
    guard result.status == PolyaStatus(POLYA_OK) else { return .failed(reason) }
    let received = instance.received
    let notes = try received.rows(result.notes, PolyaNote.self, "the notes") {
      try Note($0, received, completion: size)
    }
    let extracted = try received.text(result.extracted, "the extracted answer")
    let details = try details(of: result)
    switch Int(result.verdict) {
    case Int(POLYA_VERDICT_ABSTAIN):
      return Verdict(.abstained, extracted: extracted, notes: notes, details: details)
    case Int(POLYA_VERDICT_SCORED):
      guard range.contains(result.score) else {
        throw Misbehavior("a score is \(result.score), outside \(range.lowerBound)...\(range.upperBound)")
      }
      return Verdict(
        .scored(result.score), confidence: try confidence(of: result), components: try components(of: result),
        extracted: extracted, notes: notes, details: details)
    default:
      throw Misbehavior("a row has the verdict \(result.verdict), which is neither scored nor abstain")
    }
  }

  /// Plugins that state no confidence send 0, since a score without any confidence would be an abstention.
  private func confidence(of result: PolyaRewardResult) throws -> Double? {
    guard (0...1).contains(result.confidence) else {
      throw Misbehavior("a confidence is \(result.confidence), outside 0...1")
    }
    return result.confidence == 0 ? nil : result.confidence
  }

  private func details(of result: PolyaRewardResult) throws -> JSON? {
    let text = try instance.received.text(result.detail_json, "the details")
    guard !text.isEmpty else { return nil }
    do { return try JSONParser.parse(text) } catch let error as PolyaError {
      throw Misbehavior("the details are not JSON: \(error.message)")
    }
  }

  /// Missing components are NaN; infinities are not allowed.
  private func components(of result: PolyaRewardResult) throws -> [Double] {
    guard result.components != nil else { return [] }
    let values = try instance.received.array(
      result.components, UInt64(components.count), "the components")
    if let index = values.firstIndex(where: \.isInfinite) {
      throw Misbehavior("the component '\(components[index])' is \(values[index])")
    }
    return values
  }
}

extension Note {
  /// Converts a note from a plugin.
  ///
  /// - Parameter size: Returns the number of bytes of the completion; called only for a note with a range.
  fileprivate init(_ note: PolyaNote, _ received: Received, completion size: () -> Int) throws {
    let severity: Severity =
      switch Int(note.severity) {
      case Int(POLYA_NOTE_INFO): .info
      case Int(POLYA_NOTE_WARNING): .warning
      // A newer header may define more severe notes.
      default: .fault
      }
    let (begin, end) = (note.span.begin, note.span.end)
    guard begin <= end, end == 0 || end <= UInt64(size()) else {
      throw Misbehavior("a note has the byte range \(begin)..<\(end) in a completion of \(size()) bytes")
    }
    self.init(
      try received.text(note.message, "a note"), code: try received.text(note.code, "a note's code"),
      severity: severity, range: begin == end ? nil : Int(begin)..<Int(end))
  }
}

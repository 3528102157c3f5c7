/// The text of a dialog. Concatenated, its messages and replies read as one page, which is what a base model sees; a chat
/// model gets them as turns.
struct Dialog {
  let phases: [Phase]
  /// Whether each heading comes after the request of its phase.
  let isInstructed: Bool
  /// Says how a solution has to end.
  let ending: String

  /// Ends a reply: what the model would write if it went on by itself.
  var stops: [String] {
    ["\n\nQuestion:", "\nQuestion:"] + phases.map { "\n" + $0.heading }
      + (isInstructed ? phases.map { "\n" + $0.opening } : [])
  }

  /// The message that asks for the first phase.
  func opening(_ question: String, after examples: ArraySlice<Example>) -> String {
    examples.map(page).joined() + "Question: \(question)" + request(phases[0])
  }

  /// The message that asks for a later phase, or the end of the first one.
  func request(_ phase: Phase) -> String {
    guard isInstructed else { return "\n\(phase.heading)" }
    let demand = phase == .carryOut && !ending.isEmpty ? "\(phase.request) \(ending)" : phase.request
    return "\n\n\(phase.opening) \(demand)\n\(phase.heading)"
  }

  private func page(_ example: Example) -> String {
    let parts = phases.map { request($0) + " " + example.text(of: $0) }
    return "Question: \(example.question)" + parts.joined() + "\n\n"
  }
}

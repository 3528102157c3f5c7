public import PolyaKit

/// One question, one approach, one answer: asks the model to solve the question by a named heuristic of the
/// ``Catalogue``, and takes its reply as the solution.
public struct HeuristicsStrategy: SegmentingStrategy {
  /// As manifests name it.
  public static let id = "polya.heuristics"
  /// For lists.
  public static let title = "Pólya's heuristics"
  /// What one turn of it does.
  public static let summary =
    "Asks for a solution by one of Pólya's heuristics, with worked exemplars, in a single turn."
  /// How the prompt is put together.
  public static let guide = """
    The catalogue has more than sixty heuristics for mathematics, some of them for code and narrative reasoning too \
    (`domain`), and takes a file of yours (`catalogue`).

    One prompt for each question and heuristic: the instruction (`instruct`), up to `shots` exemplars, the question. \
    Exemplars that the task source demonstrates replace the built-in ones. `plain` names no approach: the control.

    With `shots: 0, instruct: false` the prompt is exactly `Question: …`, `Approach: …`, `Answer:` on three lines, \
    the frame for base models that were trained on it.
    """
  /// Which heuristics, and what their prompt holds.
  public static let options: [Option] = [
    Option("only", .text, list: true, help: "Ids of the heuristics to offer; all of the domain when absent."),
    Option(
      "domain",
      .choice([
        ("mathematics", "word problems and formulas"), ("code", "short programs"),
        ("narrative", "puzzles and stories"),
      ]), default: "\"mathematics\"",
      help: "Which exemplars are used; heuristics without one are not offered."),
    Option(
      "catalogue", .path, help: "A file of further heuristics; those with a known id take its place."),
    Option(
      "shots", .integer(0...4), default: "2",
      help:
        "Most exemplars in a prompt; the catalogue has two for each heuristic, a task source may have more."),
    Option(
      "instruct", .bool, default: "true",
      help: "Whether a sentence that asks for the approach opens the prompt."),
    Option(
      "max-tokens", .integer(0...1_000_000), default: "0",
      help: "Longest reply in tokens; 0 leaves it to the pipeline."),
  ]

  /// Those that `only` names, in its order, or all of the domain.
  public let heuristics: [Heuristic]
  private let entries: [CatalogueEntry]
  private let segmenter: CueSegmenter
  private let domain: CatalogueEntry.Domain
  private let shots: Int
  private let isInstructed: Bool
  /// nil: the pipeline's.
  private let maxTokens: Int?

  /// Fails for an unknown, repeated or empty choice of heuristics, and for a file that is no catalogue.
  public init(options: OptionValues, call: Call) throws { try self.init(options: options) }

  /// As the host does it, without a call.
  public init(options: OptionValues) throws {
    domain = options.text("domain").flatMap(CatalogueEntry.Domain.init(rawValue:)) ?? .mathematics
    let more = try options.text("catalogue").map { try CatalogueFile.entries(OptionFile.bytes($0), name: $0) }
    let catalogue = Catalogue.builtIn.adding(more ?? [])
    entries = try Self.selected(catalogue, options, domain)
    heuristics = entries.map(\.heuristic)
    segmenter = CueSegmenter(catalogue.entries)
    shots = options.integer("shots") ?? 2
    isInstructed = options.bool("instruct") ?? true
    maxTokens = options.integer("max-tokens").flatMap { $0 == 0 ? nil : $0 }
  }

  private static func selected(
    _ catalogue: Catalogue, _ options: OptionValues, _ domain: CatalogueEntry.Domain
  ) throws -> [CatalogueEntry] {
    let offered = catalogue.entries.filter { $0.exemplars[domain] != nil }
    guard options["only"] != .absent else { return offered }
    var entries: [CatalogueEntry] = []
    for id in options.texts("only") {
      guard let entry = catalogue.entry(id) else {
        throw Failure(.badOption, "only: there is no heuristic \"\(id)\"\(nearest(to: id, catalogue))")
      }
      guard entry.exemplars[domain] != nil else {
        let known = offered.map(\.heuristic.id).joined(separator: ", ")
        throw Failure(
          .badOption, "only: \"\(id)\" has no exemplar for \(domain.rawValue); those that have are \(known)")
      }
      guard !entries.contains(where: { $0.heuristic.id == id }) else {
        throw Failure(.badOption, "only: \"\(id)\" is named twice; remove one")
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else {
      throw Failure(.badOption, "only: the list is empty; name a heuristic, or leave the option out for all")
    }
    return entries
  }

  /// The known id that is most like a wrong one, or all of them.
  private static func nearest(to id: String, _ catalogue: Catalogue) -> String {
    let known = catalogue.entries.map(\.heuristic.id)
    func shared(_ other: String) -> Int {
      let pairs = { (text: String) in Set(zip(text, text.dropFirst()).map { "\($0)\($1)" }) }
      return pairs(id).intersection(pairs(other)).count
    }
    guard let best = known.max(by: { shared($0) < shared($1) }), 2 * shared(best) >= max(2, id.count - 1)
    else {
      return "; known are \(known.joined(separator: ", "))"
    }
    return "; did you mean \"\(best)\"?"
  }

  /// Asks on turn 0, answers with the reply after that.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move { try next(item) }

  /// The move on its own: it needs nothing from the call, not even the seed.
  public func next(_ item: StrategyItem) throws -> Move {
    guard let entry = entries.first(where: { $0.heuristic.id == item.heuristic }) else {
      let known = heuristics.map(\.id).joined(separator: ", ")
      throw Failure(.badArgument, "\"\(item.heuristic)\" is not offered here; \(known) are")
    }
    guard item.turn > 0 else { return ask(item, by: entry) }
    guard let reply = item.transcript.last(where: { $0.role == "assistant" }) else {
      throw Failure(.badArgument, "turn \(item.turn) came without an assistant message in the transcript")
    }
    return .answer(reply.content.hasSuffix("\n") ? String(reply.content.dropLast()) : reply.content)
  }

  private func ask(_ item: StrategyItem, by entry: CatalogueEntry) -> Move {
    let exemplars = item.exemplars.isEmpty ? entry.exemplars[domain] ?? [] : item.exemplars
    let prompt = Prompt(entry: entry, isInstructed: isInstructed)
    let text = prompt.text(question: item.question, exemplars: exemplars.prefix(shots))
    return .ask(Move.Ask([Message("user", text)], stop: Prompt.stop, maxTokens: maxTokens))
  }

  /// Labels by cue words; see ``segments(of:)``.
  public func segments(_ item: AnswerItem, _ call: Call) throws -> [Segment] { segments(of: item.answer) }

  /// Sentences that show a heuristic by its own words; most answers have few of them, or none.
  public func segments(of answer: String) -> [Segment] {
    segmenter.segments(of: answer).map { Segment($0.bytes, label: $0.label) }
  }
}

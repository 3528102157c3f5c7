public import PolyaKit

/// One question, one approach, one answer: asks the model to solve the question by a named heuristic of the
/// ``Catalog``, and takes its reply as the solution.
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
    There is one prompt per question and heuristic: the instruction (`instruct`), up to `shots` exemplars, the question. \
    Exemplars that the task source demonstrates replace the built-in ones. `plain`, the control, names no approach.

    With `shots: 0, instruct: false`, the prompt is exactly `Question: …`, `Approach: …`, `Answer:` on three lines, \
    for base models that were trained on this template.
    """
  /// Which heuristics, and what their prompt holds.
  public static let options: [Option] = [
    Option(
      "only", .text, list: true,
      help: "Ids of the heuristics to offer, in this order; if absent, all that have exemplars of the domain."
    ),
    Option(
      "domain", .choice(Domain.allCases.map { ($0.rawValue, $0.help) }), default: "\"mathematics\"",
      help: "What the exemplars are about."),
    Option(
      "catalog", .path,
      help:
        "A Markdown file of your own heuristics; they replace entries with the same id, and the others are added."
    ),
    Option(
      "shots", .integer(0...4), default: "2",
      help:
        "Maximum number of exemplars in a prompt; the catalog has two per heuristic, a task source may have more."
    ),
    Option(
      "instruct", .bool, default: "true",
      help: "Whether the prompt opens with a sentence that asks for the approach."),
    Option(
      "max-tokens", .integer(0...1_000_000), default: "0",
      help: "Maximum length of the reply in tokens; 0 uses the stage's limit."),
  ]

  /// Those of the catalog that `only` names, in its order.
  public let heuristics: [Heuristic]
  private let entries: [String: CatalogEntry]
  private let segmenter: CueSegmenter
  private let domain: Domain
  private let shots: Int
  private let isInstructed: Bool
  /// nil: the pipeline's.
  private let maxTokens: Int?

  /// Fails for an unknown, repeated or empty choice of heuristics, and for a catalog file that is not of the form.
  public init(options: OptionValues, call: Call) throws { try self.init(options: options) }

  /// As the host does it, without a call.
  public init(options: OptionValues) throws {
    let path = options.text("catalog")
    let catalog = try path.map(Catalog.extended(by:)) ?? Catalog.builtIn()
    domain = options.text("domain").flatMap(Domain.init) ?? .mathematics
    let offered = try Self.selected(from: catalog, domain, options)
    heuristics = offered.map(\.heuristic)
    entries = Dictionary(uniqueKeysWithValues: offered.map { ($0.heuristic.id, $0) })
    segmenter = CueSegmenter(catalog)
    shots = options.integer("shots") ?? 2
    isInstructed = options.bool("instruct") ?? true
    maxTokens = options.integer("max-tokens").flatMap { $0 == 0 ? nil : $0 }
  }

  private static func selected(from catalog: Catalog, _ domain: Domain, _ options: OptionValues) throws
    -> [CatalogEntry]
  {
    let suitable = catalog.entries.filter { $0.worked[domain] != nil }
    let known = suitable.map(\.heuristic.id)
    guard options["only"] != .absent else {
      guard !suitable.isEmpty else {
        throw Failure(
          .badOption, "domain is \(domain), but no heuristic has exemplars for it; choose another domain")
      }
      return suitable
    }
    var entries: [CatalogEntry] = []
    for id in options.texts("only") {
      guard let entry = catalog.entry(id) else {
        let hint = Suggestion.hint(for: id, among: known)
        throw Failure(.badOption, "only: there is no heuristic \"\(id)\"; \(hint)")
      }
      guard known.contains(id) else {
        let list = known.joined(separator: ", ")
        throw Failure(
          .badOption, "only: \"\(id)\" has no exemplars for \(domain); the heuristics that do are \(list)")
      }
      guard !entries.contains(where: { $0.heuristic.id == id }) else {
        throw Failure(.badOption, "only: \"\(id)\" is named twice; remove one")
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else {
      throw Failure(.badOption, "only: the list is empty; name a heuristic, or omit the option to offer all")
    }
    return entries
  }

  /// Asks on turn 0, answers with the reply after that.
  public func next(_ item: StrategyItem, _ call: Call) throws -> Move { try next(item) }

  /// The move on its own: it needs nothing from the call, not even the seed.
  public func next(_ item: StrategyItem) throws -> Move {
    guard let entry = entries[item.heuristic] else {
      let known = heuristics.map(\.id).joined(separator: ", ")
      throw Failure(.badArgument, "the heuristic \"\(item.heuristic)\" is not offered; offered are \(known)")
    }
    guard item.turn > 0 else { return ask(item, by: entry) }
    guard let reply = item.transcript.last(where: { $0.role == "assistant" }) else {
      throw Failure(.badArgument, "the transcript of turn \(item.turn) has no assistant message")
    }
    return .answer(reply.content.hasSuffix("\n") ? String(reply.content.dropLast()) : reply.content)
  }

  private func ask(_ item: StrategyItem, by entry: CatalogEntry) -> Move {
    let exemplars = item.exemplars.isEmpty ? entry.exemplars(domain) : item.exemplars
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

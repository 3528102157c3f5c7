public import CPolya
import PolyaKit

/// Solve, then look back. "direct" answers with what the model says first; "look-back" asks it to derive the result
/// differently.
struct TemplateName: Strategy {
  static let id = "TEMPLATE_ID"
  static let title = "Look back"
  static let summary = "Asks for a solution, then whether the result can be derived differently."
  static let options = [
    Option(
      "prompt", .text, default: "\"Can you derive the result differently?\"",
      help: "What the second turn asks.")
  ]

  let heuristics = [
    Heuristic(id: "direct", family: "control", title: "direct", idea: "Answer at once."),
    Heuristic(id: "look-back", family: "looking-back", title: "look back", idea: "Derive it differently."),
  ]
  private let prompt: String

  init(options: OptionValues, call: Call) throws {
    prompt = options.text("prompt") ?? ""
  }

  func next(_ item: StrategyItem, _ call: Call) throws -> Move {
    switch item.turn {
    case 0:
      .ask(Move.Ask([Message("user", "Question: \(item.question)\nAnswer:")]))
    case 1 where item.heuristic == "look-back":
      .ask(Move.Ask([Message("user", "\n\(prompt)\nAnswer:")], phase: "look-back"))
    default: .answer(try said(item))
    }
  }
}

private func said(_ item: StrategyItem) throws -> String {
  guard let last = item.transcript.last else {
    throw Failure(.badArgument, "a later turn comes without a transcript")
  }
  return last.content
}

private let module = Module(name: "template-name", version: "0.1.0", plugins: [TemplateName.self])

/// The only symbol that leaves the plugin.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

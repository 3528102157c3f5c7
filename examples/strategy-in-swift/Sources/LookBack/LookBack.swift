public import CPolya
import PolyaKit

/// Solve, then look back: Pólya's fourth phase as a second turn.
struct LookBack: Strategy {
  static let id = "org.example.look-back"
  static let title = "Look back"
  static let summary = "Asks for a solution, then whether the result can be derived differently."
  static let options = [
    Option(
      "prompt", .text, default: "\"Can you derive the result differently?\"",
      help: "What the second turn asks.")
  ]

  let heuristics = [
    PolyaKit.Heuristic(
      id: "look-back", family: "looking-back", title: "look back", idea: "Derive it differently.")
  ]
  private let prompt: String

  init(options: OptionValues, call: Call) throws {
    prompt = options.text("prompt") ?? ""
  }

  func next(_ item: StrategyItem, _ call: Call) throws -> Move {
    switch item.turn {
    case 0: .ask(Move.Ask([Message("user", "Question: \(item.question)\nAnswer:")]))
    case 1: .ask(Move.Ask([Message("user", "\n\(prompt)\nAnswer:")], phase: "look-back"))
    default: .answer(item.transcript.last?.content ?? "")
    }
  }
}

private let module = Module(name: "look-back", version: "1.0.0", plugins: [LookBack.self])

// swift-format-ignore: AlwaysUseLowerCamelCase
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

internal import PolyaKit

/// What the log-probs of a server are log-probs of.
enum LogprobMeaning: Sendable, Equatable {
  /// It gives none.
  case none
  /// softmax(logits), whatever the temperature: ours at temperature 1, and at 0, which counts as 1.
  case raw
  /// softmax(logits / temperature), as ours.
  case tempered
  /// Of what is left after top-k, top-p, and min-p: ours when nothing is cut.
  case cut

  /// Whether they are what the contract asks for: softmax(logits / temperature) before anything is cut.
  func fits(_ prompt: Prompt) -> Bool {
    switch self {
    case .none: false
    case .raw: prompt.temperature == 1 || prompt.temperature == 0
    case .tempered: true
    case .cut: prompt.temperature > 0 && prompt.topK == nil && prompt.topP == 1 && prompt.minP == 0
    }
  }

  fileprivate var words: String {
    switch self {
    case .none: "no log-probs"
    case .raw: "log-probs at temperature 1"
    case .tempered: "log-probs"
    case .cut: "log-probs where nothing is cut"
    }
  }
}

/// What a server can do, as it showed when it was asked.
struct Abilities: Sendable, Equatable {
  var flavor: Flavor
  /// As the server says.
  var version: String?
  /// In tokens, as the server says.
  var contextLength: Int?
  /// Whether prompts and samples are token ids.
  var exchangesIDs = false
  var logprobs = LogprobMeaning.none
  /// Whether it scores given tokens.
  var scores = false
  /// Whether several samples of a prompt can be one request and still have seeds.
  var samplesTogether = false
  /// Whether the same seed gave the same samples twice; nil when nobody asked.
  var seeds: Bool?
  /// Texts of which server and folder have the same ids; nil when the server cannot be asked.
  var agreeingTexts: Int?
  /// Whether the server puts tokens before a text by itself; nil when nobody asked.
  var addsBeginning: Bool?

  /// One line for people.
  func description(hasTemplate: Bool) -> String {
    var parts = [exchangesIDs ? "token ids in and out" : "text in and out"]
    if exchangesIDs { parts.append(logprobs.words) }
    if scores { parts.append("scores of given tokens") }
    if samplesTogether { parts.append("n samples a request") }
    switch seeds {
    case true?: parts.append("seeds")
    case false?: parts.append("no seeds: a rerun gives other samples")
    case nil: parts.append("seeds untested")
    }
    if let agreeingTexts { parts.append("the same token ids for \(agreeingTexts) texts as the folder") }
    if addsBeginning == true {
      parts.append("puts a beginning before texts, which prompts as ids do not get")
    }
    if !hasTemplate { parts.append("no chat template, so the contents of messages are joined") }
    let name = flavor.name + (version.map { " \($0)" } ?? "")
    let context = contextLength.map { ", context \($0)" } ?? ""
    return "\(name)\(context): " + parts.joined(separator: ", ")
  }
}

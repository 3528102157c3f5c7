package import PolyaKit
internal import TransformerFiles

/// The Jinja text that turns a conversation into a model's prompt, as `apply_chat_template(tokenize=False)` of
/// Hugging Face transformers does.
package struct ChatTemplate: Sendable {
  /// What errors call the template: its file, or the name of a built-in one.
  package let name: String
  /// The Jinja text.
  package let source: String
  private let body: [TemplateStatement]

  /// Parses a template; what this interpreter does not know is refused with the line.
  package init(source: String, name: String) throws {
    self.name = name
    self.source = source
    guard source.utf8.count <= TemplateLimits.sourceBytes else {
      throw TransformerError(
        .limit,
        "the chat template \(name) has \(source.utf8.count) bytes, over the limit of \(TemplateLimits.sourceBytes); "
          + Self.hint)
    }
    var lexer = TemplateLexer(source)
    do {
      try lexer.run()
    } catch let problem as TemplateProblem {
      throw Self.error(problem, name, lexer.line)
    }
    var parser = TemplateParser(lexer.tokens)
    do {
      body = try parser.template()
    } catch let problem as TemplateProblem {
      throw Self.error(problem, name, parser.line)
    }
  }

  /// The prompt for the messages, with the texts of the special tokens that the template may print.
  package func render(
    messages: [(role: String, content: String)], bos: String, eos: String, addGenerationPrompt: Bool,
    settings: TemplateSettings = TemplateSettings()
  ) throws -> String {
    try render(
      messages: settings.completing(messages), bos: bos, eos: eos, addGenerationPrompt: addGenerationPrompt,
      extra: settings.variables, date: settings.date)
  }

  /// The prompt for the messages. `extra` holds further variables, such as `enable_thinking`, `tools`, or the whole
  /// of `messages`; `date` is what the template prints as today, for it never asks the clock.
  func render(
    messages: [(role: String, content: String)], bos: String, eos: String, addGenerationPrompt: Bool,
    extra: [String: TemplateValue] = [:], date: TemplateDate? = nil
  ) throws -> String {
    do {
      let list = try messages.map { message in
        var mapping = TemplateMapping()
        try mapping.set("role", .string(message.role))
        try mapping.set("content", .string(message.content))
        return TemplateValue.mapping(mapping)
      }
      var variables: [String: TemplateValue] = [
        "messages": try .list(of: list), "bos_token": .string(bos), "eos_token": .string(eos),
        "add_generation_prompt": .bool(addGenerationPrompt), "tools": TemplateValue.none,
        "documents": TemplateValue.none,
      ]
      variables.merge(extra) { $1 }
      return try render(variables, date: date)
    } catch let problem as TemplateProblem {
      throw Self.error(problem, name, nil)
    }
  }

  /// The template with exactly these variables.
  func render(_ variables: [String: TemplateValue], date: TemplateDate? = nil) throws -> String {
    let evaluator = TemplateEvaluator(variables, date: date)
    do {
      return try evaluator.run(body)
    } catch let refusal as TemplateRefusal {
      throw TransformerError(
        .badArgument, "the chat template \(name) refuses the conversation: \(refusal.text)")
    } catch let problem as TemplateProblem {
      throw Self.error(problem, name, evaluator.line)
    }
  }

  private static let hint =
    "give another template: a Jinja file, or one of \(BuiltInTemplates.names.joined(separator: ", "))"

  private static func error(_ problem: TemplateProblem, _ name: String, _ line: Int?) -> TransformerError {
    let place = line.map { ", line \($0)" } ?? ""
    return TransformerError(problem.kind, "the chat template \(name)\(place): \(problem.text); \(hint)")
  }
}

/// What a template raised itself.
struct TemplateRefusal: Error {
  let text: String
}

extension ChatTemplate {
  /// The template of a model: of `tokenizer_config.json` (a text, or a list of which "default" counts), or the text
  /// of `chat_template.jinja`, which newer checkpoints have and which counts first.
  package static func find(folder settings: JSON?, jinja: String?) throws -> ChatTemplate? {
    if let jinja { return try ChatTemplate(source: jinja, name: "chat_template.jinja") }
    let name = "of tokenizer_config.json"
    guard let entry = settings?["chat_template"] else { return nil }
    if let source = entry.string { return try ChatTemplate(source: source, name: name) }
    guard let list = entry.array else {
      throw TransformerError(
        .corrupt, "'chat_template' of tokenizer_config.json is neither a string nor a list; \(hint)")
    }
    if let source = list.last(where: { $0["name"]?.string == "default" })?["template"]?.string {
      return try ChatTemplate(source: source, name: name)
    }
    let names = list.compactMap { $0["name"]?.string }.joined(separator: ", ")
    throw TransformerError(
      .unsupported,
      "'chat_template' of tokenizer_config.json has no template named default (it has: \(names)); \(hint)")
  }

  /// A built-in template, for models that bring none.
  package static func named(_ name: String) throws -> ChatTemplate {
    if let source = BuiltInTemplates.source(name) { return try ChatTemplate(source: source, name: name) }
    throw TransformerError(
      .badArgument,
      "there is no chat template named '\(name)'; \(Suggestion.hint(for: name, among: BuiltInTemplates.names))"
    )
  }
}

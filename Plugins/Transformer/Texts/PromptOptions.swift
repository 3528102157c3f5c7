package import PolyaKit
internal import TransformerChatTemplate
internal import TransformerFiles

/// The options of a model plugin that say how conversations become prompts.
package enum PromptOptions {
  /// To be declared beside the plugin's own.
  package static let declared: [Option] = [
    Option(
      "chat-template",
      .choice(BuiltInTemplates.names.map { (value: $0, help: "As published with the models of this name.") }),
      help: "A published chat template to use instead of the model's own."),
    Option(
      "chat-template-file", .path,
      help: "A Jinja file to use as the chat template instead of the model's own."),
    Option(
      "system", .text,
      help: "System message of conversations that have none; by default what the chat template says."),
    Option(
      "template-date", .text,
      help:
        "Date, YYYY-MM-DD, that the chat template prints as today's; without it, templates that have a date of their own print that."
    ),
    Option(
      "template-variables", .json,
      help: "Object of further variables of the chat template, such as { enable_thinking: false }."),
  ]

  private static func template(_ values: OptionValues) throws -> ChatTemplate? {
    switch (values.text("chat-template"), values.text("chat-template-file")) {
    case (nil, nil): return nil
    case (let name?, nil): return try ChatTemplate.named(name)
    case (nil, let path?):
      return try ChatTemplate(source: String(decoding: try File.bytes(path), as: UTF8.self), name: path)
    case (_?, _?):
      throw Failure(
        .badOption, "chat-template and chat-template-file are both given; omit one of them")
    }
  }

  /// The style that the options ask for.
  ///
  /// - Throws: `badOption` for options that contradict each other, and what is wrong with a template.
  package static func style(_ values: OptionValues) throws -> PromptStyle {
    let variables = try values.text("template-variables").map {
      try JSON(parsing: Array($0.utf8), name: "template-variables")
    }
    return PromptStyle(
      template: try template(values),
      settings: try TemplateSettings(
        system: values.text("system"), date: values.text("template-date"), variables: variables))
  }
}

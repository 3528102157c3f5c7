package import PolyaKit
internal import TransformerFiles

/// What a chat template gets beside the conversation.
package struct TemplateSettings: Sendable {
  /// The message with the role "system" that is put before conversations without one; nil leaves that to the template.
  private let system: String?
  /// What `strftime_now` prints; without it the function is undefined, and templates that allow for that print a date
  /// of their own.
  let date: TemplateDate?
  /// Further variables, such as `enable_thinking`.
  let variables: [String: TemplateValue]

  /// Creates settings that leave everything to the template.
  package init() { (system, date, variables) = (nil, nil, [:]) }

  /// - Parameters:
  ///   - date: "YYYY-MM-DD".
  ///   - variables: A JSON object.
  /// - Throws: for a date that does not exist, and for variables that are not an object or that the host sets.
  package init(system: String?, date: String?, variables: JSON?) throws {
    self.system = system
    self.date = try date.map { text in
      guard let date = TemplateDate(text) else {
        throw TransformerError(
          .badOption, "the date '\(text)' does not exist; write YYYY-MM-DD, such as 2024-07-26")
      }
      return date
    }
    guard let variables else {
      self.variables = [:]
      return
    }
    guard case .object(let members) = variables else {
      throw TransformerError(
        .badOption, "template variables must be an object, such as { enable_thinking: false }")
    }
    for key in ["messages", "add_generation_prompt", "bos_token", "eos_token"]
    where members.contains(where: { $0.key == key }) {
      throw TransformerError(.badOption, "the template variable '\(key)' cannot be set; polya sets it")
    }
    self.variables = try Dictionary(
      members.map { ($0.key, try TemplateValue($0.value)) }, uniquingKeysWith: { $1 })
  }

  /// The messages, with the system message where they have none.
  func completing(_ messages: [(role: String, content: String)]) -> [(role: String, content: String)] {
    guard let system, messages.first?.role != "system" else { return messages }
    return [(role: "system", content: system)] + messages
  }
}

extension TemplateDate {
  /// Reads "YYYY-MM-DD"; nil for anything else and for days that do not exist.
  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]),
      (1...9999).contains(year), (1...12).contains(month)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...days[month - 1]).contains(day) else { return nil }
    self.init(year: year, month: month, day: day)
  }
}

internal import PolyaKit

import Foundation

@testable import TransformerChatTemplate
@testable import TransformerFiles

/// The files of Golden/make_chat.py.
enum ChatFixture {
  static let models = [
    "llama3", "llama3.1", "qwen2.5", "qwen3", "phi-3", "phi-3-first", "gemma", "gemma3", "chatml",
    "mistral-v0.1", "mistral-v0.3", "zephyr", "deepseek-r1", "qwen3-training", "llama3.2", "gpt-oss", "phi-4",
    "mistral-small-3", "qwen3.5-thinking", "switched",
  ]
  /// What templates print as today's date.
  static let date = TemplateDate(year: 2025, month: 6, day: 7)

  static func file(_ name: String) throws -> JSON {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/chat/\(name).json")
    return try JSON(parsing: [UInt8](Data(contentsOf: url)), name: name)
  }
}

/// Either the text or what was raised.
enum ChatOutcome: Equatable {
  case text([UInt8])
  case raised(String?)

  init(_ json: JSON) {
    self = json.string.map { .text(Array($0.utf8)) } ?? .raised(json["raises"]?.string)
  }

  init(_ render: () throws -> String) {
    do {
      self = .text(Array(try render().utf8))
    } catch let error as TransformerError
      where error.kind == .badArgument && error.message.contains("refuses")
    {
      let message = error.message.components(separatedBy: "refuses the conversation: ").dropFirst()
      self = .raised(message.joined(separator: "refuses the conversation: "))
    } catch is TransformerError {
      self = .raised(nil)
    } catch {
      self = .raised("not a TransformerError: \(error)")
    }
  }

  /// For messages of failed tests.
  var shown: String {
    switch self {
    case .text(let bytes): String(decoding: bytes, as: UTF8.self).debugDescription
    case .raised(let text): "raised " + (text ?? "")
    }
  }
}

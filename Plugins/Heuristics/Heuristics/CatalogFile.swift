internal import PolyaKit

/// The lines of a catalog file.
struct CatalogFile {
  struct Line {
    var number: Int
    var text: String
    /// Inside a fenced block of code, or one of its fences: nothing there is a heading.
    var isFenced: Bool
  }

  /// As messages name it.
  let name: String
  let lines: [Line]

  /// - Throws: for bytes that are not UTF-8, and a fence that nothing closes.
  init(name: String, bytes: [UInt8]) throws {
    self.name = name
    var lines: [Line] = []
    var fence: Int?
    for (index, raw) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let number = index + 1
      guard let text = String(validating: raw.last == 0x0D ? raw.dropLast() : raw, as: UTF8.self) else {
        throw Failure(.badOption, "\(name):\(number): the line is not UTF-8; save the file as UTF-8")
      }
      let isFence = text.hasPrefix("```")
      lines.append(Line(number: number, text: text, isFenced: isFence || fence != nil))
      if isFence { fence = fence == nil ? number : nil }
    }
    if let fence {
      throw Failure(.badOption, "\(name):\(fence): this code block is not closed; end it with a line ```")
    }
    self.lines = lines
  }

  /// - Throws: when it cannot be read.
  init(path: String) throws { try self.init(name: path, bytes: OptionFile.bytes(path)) }

  func failure(_ line: Int, _ message: String) -> Failure {
    Failure(.badOption, "\(name):\(line): \(message)")
  }
}

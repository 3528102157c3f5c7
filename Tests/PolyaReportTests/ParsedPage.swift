import Foundation
import FoundationXML
import Testing

@testable import PolyaReport

/// A report parsed by an XML parser, which refuses every unbalanced tag and every raw `<` or `&`.
final class ParsedPage: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    /// Text of the element and of everything inside.
    var text: String
    /// Name of the element around it.
    var parent: String

    var classes: [Substring] { (attributes["class"] ?? "").split(separator: " ") }
  }

  let markup: String
  private(set) var elements: [Element] = []
  private var open: [Int] = []

  init(_ report: Report, sourceLocation: SourceLocation = #_sourceLocation) throws {
    markup = report.html()
    super.init()
    let parser = XMLParser(data: Data(markup.utf8))
    parser.delegate = self
    try #require(
      parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))",
      sourceLocation: sourceLocation)
  }

  func all(_ name: String, class kind: String? = nil) -> [Element] {
    elements.filter { element in
      element.name == name && (kind.map { element.classes.contains($0[...]) } ?? true)
    }
  }

  var text: String { elements.first { $0.name == "body" }?.text ?? "" }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    let parent = open.last.map { elements[$0].name } ?? ""
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes, text: "", parent: parent))
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    for index in open { elements[index].text += text }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }
}

extension Report.Series {
  /// A value after each step from 0 on.
  init(name: String, stage: String, values: [Double]) {
    self.init(name: name, stage: stage)
    for (step, value) in values.enumerated() { append(step: step, value: value) }
  }
}

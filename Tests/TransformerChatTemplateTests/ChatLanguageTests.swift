internal import PolyaKit
import Foundation
import Testing

@testable import TransformerChatTemplate
@testable import TransformerFiles

@Suite("The language of chat templates")
struct ChatLanguageTests {
  @Test("small templates give what jinja2 gives")
  func language() throws {
    let file = try ChatFixture.file("language")
    var variables: [String: TemplateValue] = [:]
    for (key, value) in file["variables"]?.members ?? [] { variables[key] = try TemplateValue(value) }
    let templates = file["templates"]?.array ?? []
    #expect(templates.count > 150)
    for row in templates {
      let source = try #require(row.array?[0].string)
      let expected = ChatOutcome(try #require(row.array?[1]))
      let actual = ChatOutcome { try ChatTemplate(source: source, name: "small").render(variables) }
      #expect(actual == expected, "\(source.debugDescription): \(actual.shown) for \(expected.shown)")
    }
  }

  @Test(
    "what is not supported is named, with its line",
    arguments: [
      ("x\n{% include 'a' %}", "line 2: the statement 'include'"),
      ("{{ 1 | wordwrap }}", "the filter 'wordwrap'"),
      ("\n\n{{ 1 is sorted }}", "line 3: the test 'sorted'"),
      ("{{ '{:>3}'.format(1) }}", "the method 'format'"), ("{{ '%q' % 1 }}", "'%s'"),
      ("{{ ('<' | e).split() }}", "escaped text"), ("{{ ('<' | e) * 2 }}", "escaped text"),
      ("{{ ('<' | e)[0] }}", "escaped text"), ("{{ '<' | e | reverse }}", "the filter 'reverse'"),
      ("{% with a, b = 1, 2 %}{% endwith %}", "'with'"),
      ("{% for x in [] recursive %}{% endfor %}", "recursive"),
      ("{{ f(*a) }}", "unpacked arguments"), ("{{ {1: 2} }}", "the key of a dictionary"),
      ("a\n{{ cycler(1) }}", "line 2: 'cycler' is undefined"),
    ])
  func unsupported(_ source: String, _ what: String) throws {
    let error = try #require(throws: TransformerError.self) {
      try ChatTemplate(source: source, name: "t").render([:])
    }
    #expect(error.kind == .unsupported)
    #expect(error.message.contains(what) && error.message.contains("give another template"), "\(error)")
  }

  @Test("a refusal by the template carries its text")
  func refusal() throws {
    let template = try ChatTemplate(source: "{{ raise_exception('roles must alternate') }}", name: "t")
    let error = try #require(throws: TransformerError.self) { try template.render([:]) }
    #expect(
      error
        == TransformerError(
          .badArgument, "the chat template t refuses the conversation: roles must alternate"))
  }

  private static let attacks = [
    String(repeating: "(", count: 100_000),
    "{{ " + String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000) + " }}",
    "{{ " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + " }}",
    "{{ " + String(repeating: "x[1 is in ", count: 5000) + "1" + String(repeating: "]", count: 5000) + " }}",
    "{{ " + String(repeating: "-", count: 5000) + "1 }}",
    "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 50_000) + " }}",
    "{{ a" + String(repeating: ".a", count: 5000) + " }}",
    "{{ 1" + String(repeating: " | abs", count: 5000) + " }}",
    "{{ 1" + String(repeating: " if 1 else 1", count: 5000) + " }}",
    String(repeating: "{% if 1 %}", count: 5000), String(repeating: "{% for x in y %}", count: 200_000),
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(x) %}{{ [[m([[x]])]] }}{% endmacro %}{{ m(1) }}",
    "{% for i in range(10 ** 6) %}{% for j in range(10 ** 6) %}{% endfor %}{% endfor %}",
    "{{ range(10 ** 15) }}", "{{ 'x' * 10 ** 12 }}", "{{ 10 ** 30 }}", "{{ 9223372036854775807 + 1 }}",
    "{{ (-9223372036854775807 - 1) // -1 }}", "{{ (0 - 9223372036854775807 - 1) | abs }}",
    "{{ 99999999999999999999 }}",
    "{% set ns = namespace(t='x') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}",
    "{% set ns = namespace(t='xy') %}{% for i in range(60) %}{% set ns.t = ns.t.replace('x', ns.t) %}{% endfor %}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
    "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.n = [ns] %}{{ ns.n }}",
    "{% for i in range(10 ** 6) %}{{ namespace() and 1 }}{% endfor %}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(50) %}{% set ns.l = [ns.l, ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(50) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l }}",
    "{{ '%999999999d' % 1 }}", "{{ '%.999999999f' % 1 }}", "{{ 1.5 | round(10 ** 9) }}",
    String(repeating: "{% with a = 1 %}", count: 5000), String(repeating: "{% filter e %}", count: 5000),
    "{% raw %}" + String(repeating: "{% raw %}", count: 10_000),
    "{% set ns = namespace(t='&') %}{% for i in range(60) %}{% set ns.t = ns.t | forceescape %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
    "{{ [1] | tojson(indent=10 ** 9) }}", "{{ 'a' | indent(10 ** 9) }}",
    "{{ 'abc'[1:2:-9223372036854775807 - 1] }}",
    "{% for x in range(1000000) %}{{ 'y' * 1000 }}{% endfor %}",
  ]

  @Test("hostile templates end in an error, not in a trap", arguments: attacks.indices)
  func hostile(_ index: Int) throws {
    let source = Self.attacks[index]
    if index == 0 {
      #expect(try ChatTemplate(source: source, name: "t").render([:]) == source)
    } else {
      let error = try #require(throws: TransformerError.self) {
        try ChatTemplate(source: source, name: "t").render([:])
      }
      #expect(error.message.count < 500)
    }
    #expect(throws: TransformerError.self) {
      try ChatTemplate(source: String(repeating: "x", count: 1 << 20 + 1), name: "t")
    }
  }

  @Test("20,000 mutations of templates never trap")
  func fuzz() throws {
    let names = ["llama3.1", "qwen3", "mistral-v0.3", "zephyr"]
    var sources = try names.compactMap { try ChatFixture.file($0)["template"]?.string }
    let file = try ChatFixture.file("language")
    sources += (file["templates"]?.array ?? []).compactMap { $0.array?[0].string }
    var variables: [String: TemplateValue] = ["tools": TemplateValue.none]
    for (key, value) in file["variables"]?.members ?? [] { variables[key] = try TemplateValue(value) }
    let conversations = try #require(ChatFixture.file("conversations")["conversations"]?.array)
    variables["messages"] = try TemplateValue(conversations[3])
    var random = SplitMix(state: 20_261_123)
    var rendered = 0
    for round in 0..<20_000 {
      // The long templates every 20th round; the short ones reach more of the language in the time.
      let source =
        round % 20 == 0
        ? sources[Int(random.next() % 4)] : sources[Int(random.next() % UInt64(sources.count))]
      let outcome = ChatOutcome {
        try ChatTemplate(source: random.mutant(of: source), name: "mutant").render(variables)
      }
      if case .text = outcome { rendered += 1 }
      if case .raised(let text?) = outcome { #expect(!text.hasPrefix("not a TransformerError")) }
    }
    #expect(rendered > 1000 && rendered < 19_000)
  }
}

/// SplitMix64: seeded, so that a failure comes back.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let pieces = [
    "{%", "%}", "{{", "}}", "{#", "#}", "-", "+", "(", ")", "[", "]", "::", "-1", "'", "\"", "\\", " | ",
    "if", "for",
    "endfor", "endif", "set", "=", ",", "~", "**", "9223372036854775807", "0", "[::-1]", "none", "loop",
    "\n", "é",
    "e\u{301}", ".split()", "|tojson", "|length", "is", "not", "in", "macro", "*",
  ].map { Array($0.unicodeScalars) }

  mutating func mutant(of source: String) -> String {
    var scalars = Array(source.unicodeScalars)
    for _ in 0...Int(next() % 4) where !scalars.isEmpty {
      let at = Int(next() % UInt64(scalars.count))
      let end = min(scalars.count, at + Int(next() % 8))
      switch next() % 3 {
      case 0: scalars.removeSubrange(at..<end)
      case 1: scalars.insert(contentsOf: Self.pieces[Int(next() % UInt64(Self.pieces.count))], at: at)
      default:
        scalars.insert(contentsOf: Array(scalars[at..<end]), at: Int(next() % UInt64(scalars.count)))
      }
    }
    return String(scalars: scalars)
  }
}

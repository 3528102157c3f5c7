internal import TransformerFiles

/// An expression of a template. Nodes know their height, so that evaluating one cannot exhaust the stack.
final class TemplateExpression: Sendable {
  indirect enum Form: Sendable {
    case constant(TemplateValue)
    case name(String)
    case list([TemplateExpression], isTuple: Bool)
    case mapping([(key: TemplateExpression, value: TemplateExpression)])
    case member(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(
      TemplateExpression, start: TemplateExpression?, end: TemplateExpression?, step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case not(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case arithmetic(String, TemplateExpression, TemplateExpression)
    case join([TemplateExpression])
    case comparison(TemplateExpression, [(relation: String, right: TemplateExpression)])
    case conditional(TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  }

  let form: Form
  let line: Int
  let height: Int

  init(_ form: Form, line: Int, above children: [TemplateExpression] = []) throws {
    self.form = form
    self.line = line
    height = 1 + (children.map(\.height).max() ?? 0)
    guard height <= TemplateLimits.expressionDepth else {
      throw TemplateProblem(
        .limit, "an expression is nested more than \(TemplateLimits.expressionDepth) deep")
    }
  }
}

/// The arguments of a call, filter or test.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []

  var all: [TemplateExpression] { positional + named.map(\.value) }
}

/// What a `set` or `for` assigns.
enum TemplateTarget: Sendable {
  case name(String)
  case member(of: String, String)
  case tuple([String])
}

/// What a macro declares.
struct TemplateMacroDeclaration: Sendable {
  let name: String
  let parameters: [(name: String, initial: TemplateExpression?)]
  let body: [TemplateStatement]
  /// Whether the body calls back the body of a `call` block.
  var usesCaller = false
}

/// A `for` statement.
struct TemplateForLoop: Sendable {
  let target: TemplateTarget
  let sequence: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
}

/// A statement of a template.
struct TemplateStatement: Sendable {
  indirect enum Form: Sendable {
    case text(String)
    case output(TemplateExpression)
    case branch([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
    case loop(TemplateForLoop)
    case set(TemplateTarget, TemplateExpression)
    case capture(TemplateTarget, [TemplateStatement], filters: [(name: String, arguments: TemplateArguments)])
    case macro(TemplateMacroDeclaration)
    case callBlock(TemplateExpression, TemplateMacroDeclaration)
    case generation([TemplateStatement])
    /// Names that are set within the body only.
    case with([(name: String, value: TemplateExpression)], [TemplateStatement])
    /// What the body prints, through filters.
    case filtered([TemplateStatement], filters: [(name: String, arguments: TemplateArguments)])
    case leave
    case next
  }

  let form: Form
  let line: Int
}

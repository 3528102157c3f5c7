internal import PolyaCore

/// Everything a rule needs: the file, the loaded plugin, and a seed.
///
/// A bench serves one rule in one process, on one thread.
final class Bench {
  let rule: String
  let file: String
  let options: JSON.Members
  let seed: UInt64
  private let plugin: String?
  private let authorRows: [UInt8]?
  private var parsedRows: Rows?
  private var loaded: Subject?
  /// The last instance's description of itself.
  private(set) var facts = Facts()

  init(
    rule: String, file: String, plugin: String?, options: JSON.Members, seed: UInt64, authorRows: [UInt8]?
  ) {
    self.rule = rule
    self.file = file
    self.plugin = plugin
    self.options = options
    self.seed = seed
    self.authorRows = authorRows
  }

  var random: Randomness { Randomness(seed: seed).stream(rule) }

  /// Returns the plugin, loaded by a host of exactly this version of the contract.
  func subject(_ settings: HostSettings = HostSettings()) throws -> Subject {
    if let loaded { return loaded }
    let subject = try Subject(file: file, plugin: plugin, settings: settings)
    loaded = subject
    return subject
  }

  func elf() throws -> ElfFile { try ElfFile(try FileBytes.read(file)) }

  /// Returns an instance with the given options and defaults for the others.
  ///
  /// - Throws: ``NotExercised`` if the plugin refuses; another rule decides whether it may.
  func instance() throws -> Instance {
    let subject = try subject()
    let values = try subject.values(options)
    switch try subject.create(values, CallSettings(seed: seed)) {
    case .created(let instance):
      facts = try instance.facts()
      return instance
    case .refused(let refusal):
      throw Self.noInstance(refusal)
    }
  }

  /// Creates an instance for a host of exactly this version of the contract, before other hosts are tried.
  ///
  /// - Throws: ``NotExercised`` if even that is refused.
  func tryOut() throws {
    let subject = try Subject(file: file, plugin: plugin, settings: HostSettings())
    if case .refused(let refusal) = try subject.create(try subject.values(options), CallSettings(seed: seed))
    {
      throw Self.noInstance(refusal)
    }
  }

  private static func noInstance(_ refusal: Subject.Refusal) -> NotExercised {
    NotExercised("no instance can be created: \(refusal.reason); set the options it needs with --option")
  }

  /// Returns the functions whose rows are pure: all except sampling, which has its own rules.
  func functions(_ instance: Instance) throws -> [WorkFunction] {
    let functions = try instance.functions().filter { $0.role != .generate }
    guard !functions.isEmpty else { throw NotExercised("it has no functions to call") }
    return functions
  }

  /// Whether the author of the plugin provided the rows.
  var hasAuthorRows: Bool { authorRows != nil }

  /// Returns the author's rows or the checker's own; nil means that plain texts are used.
  func rows() throws -> Rows? {
    if let parsedRows { return parsedRows }
    guard let kind = try subject().kind else { return nil }
    if let authorRows {
      parsedRows = try Rows(authorRows, kind: kind, at: "--rows")
    } else if kind == .reward {
      parsedRows = try Rows(Array(FixtureRows.rewards.utf8), kind: .reward, at: "the checker's rows")
    }
    return parsedRows
  }

  private func corpus(_ instance: Instance) throws -> Corpus {
    Corpus(seed: seed, facts: try instance.facts(), rows: try rows())
  }

  /// Returns at least `count` inputs that a plugin must handle without failing, from the author's rows or the
  /// checker's own.
  func plain(_ function: WorkFunction, _ instance: Instance, count: Int = 24) throws -> [Input] {
    try corpus(instance).plain(function.role, count: count, instance)
  }

  /// Returns the rows that are inputs of a function, with their inputs.
  func templates(_ function: WorkFunction, _ instance: Instance) throws -> [(row: Rows.Row, input: Input)] {
    try corpus(instance).templates(function.role, instance)
  }

  /// Returns inputs whose texts are the given ones.
  func inputs(_ function: WorkFunction, _ instance: Instance, _ texts: [[UInt8]]) throws -> [Input] {
    try corpus(instance).inputs(function.role, texts)
  }

  /// Returns plain inputs in which a model or a user says the given texts.
  func hostile(_ function: WorkFunction, _ instance: Instance, _ texts: [[UInt8]]) throws -> [Input] {
    try corpus(instance).hostile(function.role, texts, instance)
  }

  /// Returns the results of plain inputs.
  ///
  /// - Throws: ``NotApplicable`` if repeating the call changes the results, since a rule that compares calls
  ///   would blame the wrong cause.
  func stable(_ instance: Instance, _ function: WorkFunction, _ inputs: [Input]) throws -> CallResult {
    let first = try instance.call(function, inputs)
    let again = try instance.call(function, inputs)
    guard first.rows == again.rows, first.statuses == again.statuses, first.status == again.status else {
      throw NotApplicable("repeating the same call changes the results; determinism.repeat must pass first")
    }
    return first
  }
}

internal import PolyaCore

/// Everything a rule works with: the file, the loaded plugin, a seed.
///
/// One bench serves one rule in one process, on one thread.
final class Bench {
  let rule: String
  let file: String
  let options: JSON.Members
  let seed: UInt64
  private let plugin: String?
  private var loaded: Subject?

  init(rule: String, file: String, plugin: String?, options: JSON.Members, seed: UInt64) {
    self.rule = rule
    self.file = file
    self.plugin = plugin
    self.options = options
    self.seed = seed
  }

  var random: Randomness { Randomness(seed: seed).stream(rule) }

  /// The plugin, loaded by a host of exactly this contract.
  func subject(_ settings: HostSettings = HostSettings()) throws -> Subject {
    if let loaded { return loaded }
    let subject = try Subject(file: file, plugin: plugin, settings: settings)
    loaded = subject
    return subject
  }

  func elf() throws -> ElfFile { try ElfFile(try FileBytes.read(file)) }

  /// An instance with the given options and the defaults of the others.
  ///
  /// - Throws: ``NotApplicable`` when the plugin refuses: another rule says so.
  func instance() throws -> Instance {
    let subject = try subject()
    let values = try subject.values(options)
    switch try subject.create(values, CallSettings(seed: seed)) {
    case .created(let instance):
      _ = try instance.facts()
      return instance
    case .refused(let refusal):
      throw NotApplicable("no instance can be made: \(refusal.reason); give what it needs with --option")
    }
  }

  /// The functions whose rows are pure: everything but sampling, which has rules of its own.
  func functions(_ instance: Instance) throws -> [WorkFunction] {
    let functions = try instance.functions().filter { $0.role != .generate }
    guard !functions.isEmpty else { throw NotApplicable("it has no function to call") }
    return functions
  }

  /// Plain inputs that a plugin must cope with without failing.
  func plain(_ function: WorkFunction, _ instance: Instance, count: Int = 24) throws -> [Input] {
    Corpus(seed: seed, facts: try instance.facts()).inputs(function.role, Corpus.plain(count))
  }

  func inputs(_ function: WorkFunction, _ instance: Instance, _ texts: [[UInt8]]) throws -> [Input] {
    Corpus(seed: seed, facts: try instance.facts()).inputs(function.role, texts)
  }
}

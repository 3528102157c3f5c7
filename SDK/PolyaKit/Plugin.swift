/// Something a module offers to the host: a strategy, a reward, a model or a task source.
///
/// Conform to one of ``Strategy``, ``Reward``, ``Model`` and ``TaskSource``, and list the type in a ``Module``.
public protocol Plugin {
  /// Reverse-domain id, the name by which manifests ask for the plugin: "org.example.exact-match".
  static var id: String { get }
  /// One line for lists.
  static var title: String { get }
  /// One sentence: what it does and when to use it.
  static var summary: String { get }
  /// Markdown for `polya plugin help`.
  static var guide: String { get }
  /// The options a manifest may set, in the order shown to users.
  static var options: [Option] { get }
  /// What the host must know before it places the plugin.
  static var traits: Traits { get }

  /// Makes an instance for one entry of a manifest.
  ///
  /// - Parameter options: complete and checked against ``options``.
  /// - Throws: ``Failure``; any other error is reported to the host as an internal one.
  init(options: OptionValues, call: Call) throws
}

extension Plugin {
  /// Empty.
  public static var guide: String { "" }
  /// None.
  public static var options: [Option] { [] }
  /// None: deterministic, without network, in the host's process.
  public static var traits: Traits { [] }
}

/// What the host must know of a plugin before it decides where to run it.
public struct Traits: OptionSet, Sendable {
  /// The `POLYA_TRAIT_` bits.
  public let rawValue: UInt64

  /// Traits from `POLYA_TRAIT_` bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The same seed may give another result.
  public static let nondeterministic = Traits(rawValue: ContractBits.traitNondeterministic)
  /// Opens network connections.
  public static let network = Traits(rawValue: ContractBits.traitNetwork)
  /// Executes text that a model wrote.
  public static let runsCode = Traits(rawValue: ContractBits.traitRunsCode)
  /// Uses a graphics processor.
  public static let gpu = Traits(rawValue: ContractBits.traitGpu)
  /// Must never be loaded into the host's own process.
  public static let ownProcess = Traits(rawValue: ContractBits.traitOwnProcess)
  /// A reward that wants all samples of a question in one call; make it a ``BatchReward``.
  public static let wholeGroups = Traits(rawValue: ContractBits.traitWholeGroups)
  /// Instances share state, so that the whole module takes one call at a time.
  public static let serialModule = Traits(rawValue: ContractBits.traitSerialModule)
}

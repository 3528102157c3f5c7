/// A plugin that a module offers to the host: a strategy, reward, model, or task source.
///
/// Conform to ``Strategy``, ``Reward``, ``Model``, or ``TaskSource``, and list the type in a ``Module``.
public protocol Plugin {
  /// The reverse-domain id by which manifests refer to the plugin, such as "org.example.exact-match".
  static var id: String { get }
  /// One line for lists of plugins.
  static var title: String { get }
  /// One sentence that says what the plugin does and when to use it.
  static var summary: String { get }
  /// Markdown that `polya plugin help` shows.
  static var guide: String { get }
  /// The options that a manifest can set, in the order shown to users.
  static var options: [Option] { get }
  /// Traits that the host must know before it decides where to run the plugin.
  static var traits: Traits { get }

  /// Creates an instance for one entry of a manifest.
  ///
  /// - Parameter options: The values of all ``options``, checked.
  ///
  /// - Throws: ``Failure``; other errors are reported to the host as internal.
  init(options: OptionValues, call: Call) throws
}

extension Plugin {
  /// Empty by default.
  public static var guide: String { "" }
  /// No options, by default.
  public static var options: [Option] { [] }
  /// No traits by default: deterministic, without network access, and able to run in the host's process.
  public static var traits: Traits { [] }
}

/// What the host must know about a plugin before it decides where to run it.
public struct Traits: OptionSet, Sendable {
  /// The `POLYA_TRAIT_` bits.
  public let rawValue: UInt64

  /// Creates traits from `POLYA_TRAIT_` bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The same seed may give different results.
  public static let nondeterministic = Traits(rawValue: ContractBits.traitNondeterministic)
  /// The plugin opens network connections.
  public static let network = Traits(rawValue: ContractBits.traitNetwork)
  /// The plugin executes text that a model wrote.
  public static let runsCode = Traits(rawValue: ContractBits.traitRunsCode)
  /// The plugin uses a GPU.
  public static let gpu = Traits(rawValue: ContractBits.traitGpu)
  /// The plugin must not be loaded into the host's process.
  public static let ownProcess = Traits(rawValue: ContractBits.traitOwnProcess)
  /// The reward needs all samples of a question in one call; it should be a ``BatchReward``.
  public static let wholeGroups = Traits(rawValue: ContractBits.traitWholeGroups)
  /// The instances share state, so the module handles one call at a time.
  public static let serialModule = Traits(rawValue: ContractBits.traitSerialModule)
}

/// A command of the command line.
protocol Verb {
  /// The name of one or two words, such as "plugin list".
  static var name: String { get }
  /// One sentence that describes the command.
  static var summary: String { get }
  /// The operands after the options, such as "MANIFEST"; empty if there are none.
  static var operands: String { get }
  /// The words that an operand may be; empty if it is a file or anything else.
  static var words: [String] { get }
  /// Details for the help, such as rows and exit codes; may be empty.
  static var details: String { get }
  /// The options, without those that every command has.
  static var options: [any DeclaredOption] { get }
  /// Reads all arguments and then does the work.
  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws
}

extension Verb {
  static var operands: String { "" }
  static var words: [String] { [] }
  static var details: String { "" }
  static var options: [any DeclaredOption] { [] }

  /// All options, including those that every command has.
  static var declarations: [OptionDeclaration] { (options + CommonOptions.everywhere).map(\.declaration) }
}

/// Options that several commands share.
enum CommonOptions {
  static let json = Option<Bool>(
    "--json", "print JSON, one value per line; a failure is a last line {\"error\": …}")
  static let help = Option<Bool>("--help", "show this help")
  /// The options of every command.
  static let everywhere: [any DeclaredOption] = [json, help]

  static let threads = Option<Int?>(
    "--threads", "N", "number of threads that plugins may use", standard: "all cores",
    in: Integers(most: 4096))
  static let verbose = Option<Bool>(
    "--verbose", "show everything that plugins log and print, not only warnings")
  /// The options of commands that use plugins.
  static let host: [any DeclaredOption] = [threads, verbose]

  static let use = Option<String?>(
    "--use", "ID|FILE", "the plugin, as an id (see polya plugin list) or a file")
  static let option = Option<[String]>(
    "--option", "KEY=VALUE", "an option of the plugin (see polya plugin help), as JSON5 or text")
  static let bind = Option<[String]>(
    "--bind", "NAME=ID|FILE", "the model for a name in an option; --option NAME.KEY=VALUE configures it")
  static let isolation = Option<String?>(
    "--isolation", "WHERE", "run the plugin in the host or out of process",
    standard: "depends on the trust in it", choices: ["host", "process"])
  /// The options of commands that use one plugin.
  static let plugin: [any DeclaredOption] = [use, option, bind, isolation] + host

  static let set = Option<[String]>("--set", "KEY.PATH=VALUE", "replace a value in the manifest")
  static let runs = Option<String?>("--runs", "DIR", "the folder of runs", standard: "runs")
  /// The options of commands that work on a run.
  static let run: [any DeclaredOption] = [set, runs] + host

  static let seed = Option<Int>(
    "--seed", "N", "the seed of all randomness", default: 0, in: Integers(least: 0, most: .max))
}

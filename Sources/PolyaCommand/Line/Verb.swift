/// A command of the command line.
protocol Verb {
  /// Two words at most: "plugin list".
  static var name: String { get }
  /// One sentence.
  static var summary: String { get }
  /// What stands after the options, such as "MANIFEST"; empty: nothing.
  static var operands: String { get }
  /// The words that an operand may be; empty: files or anything else.
  static var words: [String] { get }
  /// What the summary leaves out: rows, exit codes; may be empty.
  static var details: String { get }
  /// All options but those that every command has.
  static var options: [any DeclaredOption] { get }
  /// Reads all arguments, then works.
  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws
}

extension Verb {
  static var operands: String { "" }
  static var words: [String] { [] }
  static var details: String { "" }
  static var options: [any DeclaredOption] { [] }

  /// Every option there is.
  static var declarations: [OptionDeclaration] { (options + CommonOptions.everywhere).map(\.declaration) }
}

/// Options that several commands have.
enum CommonOptions {
  static let json = Option<Bool>(
    "--json", "print JSON, a line for each row; a failure is then a last line {\"error\": …}")
  static let help = Option<Bool>("--help", "show this")
  /// Of every command.
  static let everywhere: [any DeclaredOption] = [json, help]

  static let threads = Option<Int?>(
    "--threads", "N", "threads that plugins may use", standard: "all cores",
    in: Integers(most: 4096))
  static let verbose = Option<Bool>(
    "--verbose", "show all that plugins log and print, not only their warnings")
  /// Of commands that call plugins.
  static let host: [any DeclaredOption] = [threads, verbose]

  static let use = Option<String?>(
    "--use", "ID|FILE", "the plugin, by its id (polya plugin list) or its file")
  static let option = Option<[String]>(
    "--option", "KEY=VALUE", "a setting of the plugin (polya plugin help), as JSON5 or text")
  static let bind = Option<[String]>(
    "--bind", "NAME=ID|FILE", "a model that an option names; --option NAME.KEY=VALUE configures it")
  static let isolation = Option<String?>(
    "--isolation", "WHERE", "run the plugin in the host or out of process",
    standard: "as its trust decides", choices: ["host", "process"])
  /// Of commands that take a plugin.
  static let plugin: [any DeclaredOption] = [use, option, bind, isolation] + host

  static let set = Option<[String]>("--set", "KEY.PATH=VALUE", "replace a value of the manifest")
  static let runs = Option<String?>("--runs", "DIR", "the folder of runs", standard: "runs")
  /// Of commands about a run.
  static let run: [any DeclaredOption] = [set, runs] + host

  static let seed = Option<Int>(
    "--seed", "N", "seed of all randomness", default: 0, in: Integers(least: 0, most: .max))
}

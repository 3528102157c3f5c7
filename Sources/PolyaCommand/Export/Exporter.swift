internal import PolyaCore

/// A program that reads the lines of a run and fills an experiment tracker.
enum Exporter {
  /// One of the Python programs that polya brings.
  case ours(name: String, source: [UInt8])
  /// A program of the user's.
  case file(String)

  static let names = ["wandb", "mlflow", "trackio"]

  /// Finds an exporter by its name or the path of its file.
  init(_ name: String) throws {
    switch name {
    case "wandb": self = .ours(name: name, source: PackageResources.wandb_py)
    case "mlflow": self = .ours(name: name, source: PackageResources.mlflow_py)
    case "trackio": self = .ours(name: name, source: PackageResources.trackio_py)
    default:
      guard FileBytes.size(of: name) != nil else {
        throw PolyaError(
          .configuration, "there is no exporter '\(name)'", at: "--to",
          hint: Suggestion.hint(for: name, among: Self.names + ["jsonl"])
            + "; a program of your own is named by the path of its file")
      }
      self = .file(name)
    }
  }

  /// The name of its folder among the exports of a run.
  var name: String {
    switch self {
    case .ours(let name, _): name
    case .file(let path): String(path.split(separator: "/").last?.prefix { $0 != "." } ?? "export")
    }
  }

  /// The command that runs it.
  func command(python: String, out: String) -> [String] {
    switch self {
    case .ours(_, let source):
      [python, "-c", String(decoding: PackageResources.journal_py + source, as: UTF8.self), out]
    case .file(let path) where path.hasSuffix(".py"): [python, path, out]
    case .file(let path): [path.contains("/") ? path : "./\(path)", out]
    }
  }
}

internal import PolyaCore
internal import PolyaPipeline
internal import PolyaReport

enum ExportVerb: Verb {
  static let name = "export"
  static let summary = "Copy what a run recorded into an experiment tracker."
  static let operands = "RUN"
  static let details = """
      Trackers are filled by their own Python packages, without a network: wandb (an offline run for `wandb sync`), mlflow (an SQLite
      store), and trackio. jsonl prints the lines that all exporters read, and any other program that reads them can be named by its
      path. TensorBoard files are in every run's folder.
    """
  private static let to = Option<String?>(
    "--to", "NAME|FILE", "wandb, mlflow, trackio, jsonl, or a program of your own")
  private static let out = Option<String?>(
    "--out", "FOLDER", "where the tracker's files go; RUN/exports/NAME if not given")
  private static let python = Option<String?>(
    "--python", "PATH", "the Python that has the tracker's package", standard: "python3")
  static let options: [any DeclaredOption] = [to, out, python]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let wanted = try arguments.read(to)
    let (givenOut, python) = (try arguments.read(out), try arguments.read(python) ?? "python3")
    let path = try arguments.positional("the folder of a run")
    try arguments.finish()
    guard let wanted else {
      throw PolyaError(
        .configuration, "--to is missing", at: "polya export",
        hint: "use one of \((Exporter.names + ["jsonl"]).joined(separator: ", "))")
    }
    let folder = RunFolder(Folder.resolve(path, in: try environment.workingFolder()))
    let export = RunExport(folder, created: try folder.started().map(Clock.utc) ?? Clock.utc())
    guard wanted != "jsonl" else {
      return try export.lines { try Console.out(script: String(decoding: $0, as: UTF8.self)) }
    }
    let exporter = try Exporter(wanted)
    let out = Folder.resolve(
      givenOut ?? folder.file("exports/\(exporter.name)"), in: try environment.workingFolder())
    try Folder.create(out)
    let journal = "\(out)/journal.jsonl"
    try FileBytes.create(journal, with: [])
    try export.lines { try FileBytes.append(journal, $0) }
    try ProcessReplacement.become(exporter.command(python: python, out: out), input: journal)
  }
}

public import PolyaKit

/// A task source written in Python.
public final class PythonTasks: TaskSource {
  /// As manifests name it.
  public static let id = "polya.python-tasks"
  /// For lists.
  public static let title = "Tasks in Python"
  /// One sentence.
  public static let summary =
    "Runs a task source from your Python file, which has a list 'splits' and a function 'task'."
  /// The network is for those who set the option of this name.
  public static let traits: Traits = [.ownProcess, .network]
  /// What a manifest may set.
  public static let options = PythonSettings.options

  /// As the file lists them.
  public let splits: [Split]
  /// What the function 'demonstrate' knows.
  public let heuristics: [Heuristic]
  private let pool: PythonPool

  /// Starts the first interpreter and loads the code.
  public init(options: OptionValues, call: Call) throws {
    let settings = try PythonSettings(options, kind: "tasks")
    pool = try PythonPool(settings, call)
    heuristics = try Heuristic.list(pool.description["heuristics"], of: settings)
    splits = try (pool.description["splits"].list ?? []).map { entry in
      guard let name = entry["name"].text else {
        throw Failure(.badOption, "\(settings.name): every split must have a 'name'")
      }
      return Split(
        name, count: entry["count"].integer.map { Int($0) },
        outOfDistribution: entry["out_of_distribution"] == .bool(true), help: entry["help"].text ?? "")
    }
    guard !splits.isEmpty else {
      throw Failure(.badOption, "\(settings.name) has no split: its list 'splits' is empty")
    }
  }

  /// What the function 'task' gives for a place; an IndexError is the end of the split.
  public func task(_ place: TaskPlace, _ call: Call) throws -> TaskItem {
    guard let split = splits.first(where: { $0.name == place.split }), place.index < split.count ?? .max
    else { throw Failure(.notFound, "the split '\(place.split)' has no task \(place.index)") }
    let task = try answer(request(place), call)["task"]
    guard let key = task["key"].text, let question = task["question"].text else {
      throw Failure(.internal, "task() must return the strings 'key' and 'question'")
    }
    return TaskItem(
      key: key, question: question, reference: task["reference"].text ?? "",
      referenceKind: task["reference_kind"].text ?? "", kind: task["kind"].text ?? "",
      level: task["level"].real ?? 0, metadataJSON: task["metadata"].text ?? "")
  }

  /// What the function 'demonstrate' gives; None: the heuristic does not fit.
  public func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String? {
    guard heuristics.contains(where: { $0.id == heuristic }) else {
      throw Failure(.notFound, "there is no heuristic '\(heuristic)'")
    }
    var members = request(place)
    members["heuristic"] = .text(heuristic)
    return try answer(members, call)["solution"].text
  }

  private func request(_ place: TaskPlace) -> [String: Value] {
    [
      "split": .text(place.split), "index": .integer(Int64(place.index)),
      "seed": .integer(Int64(bitPattern: place.seed)),
    ]
  }

  private func answer(_ members: [String: Value], _ call: Call) throws -> Value {
    let answer = try pool.answer(.map(members), call)
    if let missing = answer["missing"].text { throw Failure(.notFound, missing) }
    if let error = answer["error"].text { throw Failure(.internal, error) }
    return answer
  }
}

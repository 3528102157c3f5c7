package import PolyaCore

/// How large a stage's result is, or will be, in bytes.
package enum DiskUse: Sendable, Equatable, CustomStringConvertible {
  /// The result exists.
  case result(Int)
  /// The stage will run; an earlier result of the same stage has this size.
  case asBefore(Int)
  /// The stage will run and train a model whose weights have this size in float32; records come on top.
  case weights(Int)

  /// nil if neither the result nor an earlier one exists.
  ///
  /// - Parameter earlier: The finished stages of the run's folder.
  package init?(of step: Pipeline.Plan.Step, earlier: [FinishedStage]) throws {
    let results = earlier.filter { $0.name == step.name && $0.kind == step.kind }
    if step.isFinished, let result = results.first(where: { $0.key == step.key }) {
      self = .result(result.bytes)
    } else if let largest = results.map(\.bytes).max() {
      self = .asBefore(largest)
    } else {
      return nil
    }
  }

  private var bytes: Int {
    switch self {
    case .result(let bytes), .asBefore(let bytes), .weights(let bytes): bytes
    }
  }

  /// The size in powers of ten, such as "~ 540 MB".
  package var description: String {
    let sign =
      switch self {
      case .result: ""
      case .asBefore, .weights: "~ "
      }
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    let digits = unit == 0 || value >= 100 ? 0 : value < 10 ? 2 : 1
    return "\(sign)\(value.formatted(digits)) \(units[unit])"
  }

  /// The size and what it is based on, for `plan --json`.
  package var json: JSON {
    let basis =
      switch self {
      case .result: "result"
      case .asBefore: "earlier result"
      case .weights: "weights"
      }
    return ["bytes": JSON(bytes), "basis": .string(basis)]
  }
}

extension FinishedStage {
  /// The size of its files, as its description lists them.
  var bytes: Int {
    guard case .object(let files)? = json["files"] else { return 0 }
    return files.reduce(0) { $0 + Int($1.value["bytes"]?.integer ?? 0) }
  }
}

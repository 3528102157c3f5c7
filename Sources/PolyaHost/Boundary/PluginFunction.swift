internal import CPolya
internal import PolyaContract

/// The functions of all tables, for calls in this process and for messages to a worker.
enum PluginFunction: UInt32, CaseIterable {
  case describeStrategy, next, segment
  case describeReward, score
  case describeTasks, produce, demonstrate
  case info, encode, decode, render, generate, scoreTokens
  case forward, backward, drop, step, save, load
  case embed

  /// The name of the function in the header.
  var name: String {
    switch self {
    case .describeStrategy, .describeReward, .describeTasks: "describe"
    case .scoreTokens: "score"
    default: "\(self)"
    }
  }

  /// The location, call form, and results of the function.
  var shape: FunctionShape { FunctionShape.all[Int(rawValue)] }
}

/// A function of a role's table.
struct FunctionShape {
  /// The C type of a function.
  enum Form {
    /// Rows in, rows out.
    case rows
    /// Fills one struct.
    case info
    case range, forward, backward, drop, step, folder
  }

  /// The role, such as "polya.reward/1".
  let kind: String
  /// The offset in the table, in bytes.
  let offset: Int
  let form: Form
  /// The layout of a result row, if results may point outside of the call's memory.
  let result: StructLayout?

  private init(_ kind: String, _ offset: Int, _ form: Form = .rows, gives result: StructLayout? = nil) {
    self.kind = kind
    self.offset = offset
    self.form = form
    self.result = result
  }

  fileprivate static let all = PluginFunction.allCases.map(of)

  private static func of(_ function: PluginFunction) -> FunctionShape {
    typealias Model = TableOffset.Model
    switch function {
    case .describeStrategy:
      return .init(POLYA_STRATEGY, TableOffset.Strategy.describe, .info, gives: .strategyInfo)
    case .next: return .init(POLYA_STRATEGY, TableOffset.Strategy.next, gives: .strategyMove)
    case .segment: return .init(POLYA_STRATEGY, TableOffset.Strategy.segment, gives: .segmentation)
    case .describeReward: return .init(POLYA_REWARD, TableOffset.Reward.describe, .info, gives: .rewardInfo)
    case .score: return .init(POLYA_REWARD, TableOffset.Reward.score, gives: .rewardResult)
    case .describeTasks: return .init(POLYA_TASKS, TableOffset.Tasks.describe, .info, gives: .tasksInfo)
    case .produce: return .init(POLYA_TASKS, TableOffset.Tasks.produce, .range, gives: .task)
    case .demonstrate: return .init(POLYA_TASKS, TableOffset.Tasks.demonstrate, gives: .demonstration)
    case .info: return .init(POLYA_MODEL, Model.info, .info, gives: .modelInfo)
    case .encode: return .init(POLYA_MODEL, Model.encode, gives: .tokens)
    case .decode: return .init(POLYA_MODEL, Model.decode, gives: .bytes)
    case .render: return .init(POLYA_MODEL, Model.render, gives: .tokens)
    case .generate: return .init(POLYA_MODEL, Model.generate, gives: .sample)
    case .scoreTokens: return .init(POLYA_MODEL, Model.score)
    case .forward: return .init(POLYA_MODEL, Model.forward, .forward)
    case .backward: return .init(POLYA_MODEL, Model.backward, .backward)
    case .drop: return .init(POLYA_MODEL, Model.drop, .drop)
    case .step: return .init(POLYA_MODEL, Model.step, .step)
    case .save: return .init(POLYA_MODEL, Model.save, .folder)
    case .load: return .init(POLYA_MODEL, Model.load, .folder)
    case .embed: return .init(POLYA_MODEL, Model.embed, gives: .embedding)
    }
  }
}

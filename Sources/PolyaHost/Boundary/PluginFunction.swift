internal import CPolya

/// The functions of all tables, as one vocabulary for calls in this process and for messages to a worker.
enum PluginFunction: UInt32, CaseIterable {
  case describeStrategy, next, segment, judge
  case describeReward, score
  case describeTasks, produce, demonstrate
  case info, encode, decode, render, generate, scoreTokens
  case forward, backward, drop, step, save, load
  case embed

  /// What the header calls it.
  var name: String {
    switch self {
    case .describeStrategy, .describeReward, .describeTasks: "describe"
    case .scoreTokens: "score"
    default: "\(self)"
    }
  }
}

/// Arguments and results of a call in one shape: single structs count as one row.
struct CallRows {
  var input = PolyaRows()
  var output = PolyaRowsMut()
  /// The tape of `forward` (out), `backward` and `drop` (in).
  var word: UInt64 = 0
}

/// A plugin's function table, with the instance it serves.
struct BoundTable {
  let instance: OpaquePointer
  /// A mask of the functions that are there, by raw value.
  private(set) var functions: UInt64 = 0
  /// Those that take rows and give rows, by raw value: found once, since a call costs less than the search.
  private var rowFunctions: [RowFunction?] = []
  private let kind: String
  private let table: UnsafeRawPointer

  private var strategy: UnsafePointer<PolyaStrategy> { table.assumingMemoryBound(to: PolyaStrategy.self) }
  private var reward: UnsafePointer<PolyaReward> { table.assumingMemoryBound(to: PolyaReward.self) }
  private var tasks: UnsafePointer<PolyaTasks> { table.assumingMemoryBound(to: PolyaTasks.self) }
  private var model: UnsafePointer<PolyaModel> { table.assumingMemoryBound(to: PolyaModel.self) }

  typealias RowFunction =
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut
    ) -> PolyaStatus

  init(instance: OpaquePointer, kind: String, table: UnsafeRawPointer) {
    self.instance = instance
    self.kind = kind
    self.table = table
    rowFunctions = PluginFunction.allCases.map { rowFunction($0) }
    functions = PluginFunction.allCases.reduce(0) { has($1) ? $0 | 1 << UInt64($1.rawValue) : $0 }
  }

  private func has(_ function: PluginFunction) -> Bool {
    switch (function, kind) {
    case (.describeStrategy, POLYA_STRATEGY): strategy.pointee.describe != nil
    case (.describeReward, POLYA_REWARD): reward.pointee.describe != nil
    case (.describeTasks, POLYA_TASKS): tasks.pointee.describe != nil
    case (.produce, POLYA_TASKS): tasks.pointee.produce != nil
    case (.info, POLYA_MODEL): model.pointee.info != nil
    case (.generate, POLYA_MODEL): model.pointee.generate != nil
    case (.forward, POLYA_MODEL): model.pointee.forward != nil
    case (.backward, POLYA_MODEL): model.pointee.backward != nil
    case (.drop, POLYA_MODEL): model.pointee.drop != nil
    case (.step, POLYA_MODEL): model.pointee.step != nil
    case (.save, POLYA_MODEL): model.pointee.save != nil
    case (.load, POLYA_MODEL): model.pointee.load != nil
    default: rowFunctions[Int(function.rawValue)] != nil
    }
  }

  private func rowFunction(_ function: PluginFunction) -> RowFunction? {
    switch (function, kind) {
    case (.next, POLYA_STRATEGY): strategy.pointee.next
    case (.segment, POLYA_STRATEGY): strategy.pointee.segment
    case (.judge, POLYA_STRATEGY): strategy.pointee.judge
    case (.score, POLYA_REWARD): reward.pointee.score
    case (.demonstrate, POLYA_TASKS): tasks.pointee.demonstrate
    case (.encode, POLYA_MODEL): model.pointee.encode
    case (.decode, POLYA_MODEL): model.pointee.decode
    case (.render, POLYA_MODEL): model.pointee.render
    case (.scoreTokens, POLYA_MODEL): model.pointee.score
    case (.embed, POLYA_MODEL): reaches(\PolyaModel.embed) ? model.pointee.embed : nil
    default: nil
    }
  }

  /// Whether a plugin's table, which may be of an older header, has a field.
  private func reaches<Table, Function>(_ field: KeyPath<Table, Function>) -> Bool {
    guard let offset = MemoryLayout<Table>.offset(of: field) else { return false }
    return Int(table.loadUnaligned(as: UInt32.self)) >= offset + MemoryLayout<Function>.size
  }

  /// Calls a function; one that is not there answers POLYA_UNSUPPORTED.
  func perform(_ function: PluginFunction, _ call: UnsafePointer<PolyaCall>, _ rows: inout CallRows)
    -> PolyaStatus
  {
    if let rowFunction = rowFunctions[Int(function.rawValue)] {
      return rowFunction(instance, call, rows.input, rows.output)
    }
    guard functions >> UInt64(function.rawValue) & 1 == 1 else { return PolyaStatus(POLYA_UNSUPPORTED) }
    switch function {
    case .describeStrategy: return strategy.pointee.describe(instance, call, Self.place(rows))
    case .describeReward: return reward.pointee.describe(instance, call, Self.place(rows))
    case .describeTasks: return tasks.pointee.describe(instance, call, Self.place(rows))
    case .produce: return tasks.pointee.produce(instance, call, Self.argument(rows), rows.output)
    case .info: return model.pointee.info(instance, call, Self.place(rows))
    case .generate: return model.pointee.generate(instance, call, Self.argument(rows), rows.output)
    default: return train(function, call, &rows)
    }
  }

  private func train(_ function: PluginFunction, _ call: UnsafePointer<PolyaCall>, _ rows: inout CallRows)
    -> PolyaStatus
  {
    let tape = OpaquePointer(bitPattern: UInt(rows.word))
    switch function {
    case .forward:
      var made: OpaquePointer?
      let status = model.pointee.forward(instance, call, rows.input, rows.output, &made)
      rows.word = UInt64(UInt(bitPattern: made))
      return status
    case .backward: return model.pointee.backward(instance, call, tape, rows.input)
    case .drop:
      model.pointee.drop(instance, tape)
      return PolyaStatus(POLYA_OK)
    case .step: return model.pointee.step(instance, call, Self.argument(rows), Self.place(rows))
    case .save, .load:
      let folder: UnsafePointer<PolyaText>? = Self.argument(rows)
      let run = function == .save ? model.pointee.save : model.pointee.load
      guard let folder, let run else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
      return run(instance, call, folder.pointee)
    default: return PolyaStatus(POLYA_UNSUPPORTED)
    }
  }

  private static func argument<T>(_ rows: CallRows) -> UnsafePointer<T>? {
    rows.input.base?.assumingMemoryBound(to: T.self)
  }

  private static func place<T>(_ rows: CallRows) -> UnsafeMutablePointer<T>? {
    rows.output.base?.assumingMemoryBound(to: T.self)
  }
}

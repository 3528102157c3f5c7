internal import CPolya

/// The arguments and results of a call in a uniform shape; a single struct counts as one row.
struct CallRows {
  var input = PolyaRows()
  var output = PolyaRowsMut()
  /// The tape: a result of `forward`, and an argument of `backward` and `drop`.
  var word: UInt64 = 0
}

/// A plugin's function table with the instance it belongs to.
///
/// Safety: The table belongs to the module and is constant for its lifetime. Its struct size determines which
/// functions exist, and the header determines their types.
struct BoundTable {
  let instance: OpaquePointer
  /// A bit mask of the available functions, by raw value.
  let functions: UInt64
  /// The functions by raw value.
  private let pointers: [UnsafeRawPointer?]
  /// The functions that take rows and return rows, by raw value. They are cached because a lookup costs more
  /// than a call.
  private let rowFunctions: [RowFunction?]

  private typealias RowFunction =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut) -> PolyaStatus
  private typealias InfoFunction =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeMutableRawPointer?) -> PolyaStatus
  private typealias RangeFunction =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeRawPointer?, PolyaRowsMut) -> PolyaStatus
  private typealias ForwardFunction =
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut,
      UnsafeMutablePointer<OpaquePointer?>?
    ) -> PolyaStatus
  private typealias BackwardFunction =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, OpaquePointer?, PolyaRows) -> PolyaStatus
  private typealias DropFunction = @convention(c) (OpaquePointer?, OpaquePointer?) -> Void
  private typealias StepFunction =
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeRawPointer?, UnsafeMutableRawPointer?
    ) -> PolyaStatus
  private typealias FolderFunction =
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaText) -> PolyaStatus

  init(instance: OpaquePointer, kind: String, table: UnsafeRawPointer) {
    self.instance = instance
    let size = Int(table.loadUnaligned(as: UInt32.self))
    let pointers = PluginFunction.allCases.map { function -> UnsafeRawPointer? in
      let shape = function.shape
      // The table of an older header is shorter.
      guard shape.kind == kind, size >= shape.offset + MemoryLayout<UnsafeRawPointer>.size else { return nil }
      return table.load(fromByteOffset: shape.offset, as: UnsafeRawPointer?.self)
    }
    self.pointers = pointers
    functions = pointers.enumerated().reduce(0) { $1.element == nil ? $0 : $0 | 1 << UInt64($1.offset) }
    rowFunctions = zip(PluginFunction.allCases, pointers).map { function, pointer in
      guard function.shape.form == .rows, let pointer else { return nil }
      return unsafeBitCast(pointer, to: RowFunction.self)
    }
  }

  /// Calls a function; returns POLYA_UNSUPPORTED if it is not available.
  func perform(_ function: PluginFunction, _ call: UnsafePointer<PolyaCall>, _ rows: inout CallRows)
    -> PolyaStatus
  {
    if let rowFunction = rowFunctions[Int(function.rawValue)] {
      return rowFunction(instance, call, rows.input, rows.output)
    }
    guard let pointer = pointers[Int(function.rawValue)] else { return PolyaStatus(POLYA_UNSUPPORTED) }
    switch function.shape.form {
    case .rows: return PolyaStatus(POLYA_UNSUPPORTED)
    case .info:
      return unsafeBitCast(pointer, to: InfoFunction.self)(instance, call, rows.output.base)
    case .range:
      return unsafeBitCast(pointer, to: RangeFunction.self)(instance, call, rows.input.base, rows.output)
    case .step:
      return unsafeBitCast(pointer, to: StepFunction.self)(instance, call, rows.input.base, rows.output.base)
    case .folder:
      guard let folder = rows.input.base?.assumingMemoryBound(to: PolyaText.self) else {
        return PolyaStatus(POLYA_BAD_ARGUMENT)
      }
      return unsafeBitCast(pointer, to: FolderFunction.self)(instance, call, folder.pointee)
    case .forward, .backward, .drop: return performOnTape(function.shape.form, pointer, call, &rows)
    }
  }

  private func performOnTape(
    _ form: FunctionShape.Form, _ pointer: UnsafeRawPointer, _ call: UnsafePointer<PolyaCall>,
    _ rows: inout CallRows
  ) -> PolyaStatus {
    var tape = OpaquePointer(bitPattern: UInt(rows.word))
    switch form {
    case .forward:
      tape = nil
      let forward = unsafeBitCast(pointer, to: ForwardFunction.self)
      let status = forward(instance, call, rows.input, rows.output, &tape)
      rows.word = UInt64(UInt(bitPattern: tape))
      return status
    case .backward: return unsafeBitCast(pointer, to: BackwardFunction.self)(instance, call, tape, rows.input)
    default:
      unsafeBitCast(pointer, to: DropFunction.self)(instance, tape)
      return PolyaStatus(POLYA_OK)
    }
  }
}

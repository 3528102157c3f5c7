internal import CPolya

// C function pointers cannot capture a generic type. The tables therefore hold plain closures, the concrete
// plugin type is a metatype behind `PolyaPlugin.user`, and the instance is an existential behind
// `PolyaInstance`.

/// The target of `PolyaInstance`. The roles are cast once, since a dynamic cast would cost more than a call
/// itself.
final class InstanceBox {
  let strategy: (any Strategy)?
  let segmenting: (any SegmentingStrategy)?
  let reward: (any Reward)?
  let batchReward: (any BatchReward)?
  let tasks: (any TaskSource)?
  let model: (any Model)?
  let chat: (any ChatModel)?
  let loadable: (any LoadableModel)?
  let trainable: (any TrainableModel)?
  let embedding: (any EmbeddingModel)?

  init(_ plugin: any Plugin) {
    strategy = plugin as? any Strategy
    segmenting = plugin as? any SegmentingStrategy
    reward = plugin as? any Reward
    batchReward = plugin as? any BatchReward
    tasks = plugin as? any TaskSource
    model = plugin as? any Model
    chat = plugin as? any ChatModel
    loadable = plugin as? any LoadableModel
    trainable = plugin as? any TrainableModel
    embedding = plugin as? any EmbeddingModel
  }

  static func from(_ instance: OpaquePointer?) -> InstanceBox? {
    instance.map { Unmanaged<InstanceBox>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }
}

/// The target of `PolyaPlugin.user`.
final class TypeBox {
  let type: any Plugin.Type

  init(_ type: any Plugin.Type) { self.type = type }
}

/// The call and its arena, for the closures of the tables.
struct Scope {
  let call: Call
  let arena: Arena
}

/// Runs a table function: finds the instance's role, and converts thrown errors to a status and a message.
func serve<Role>(
  _ instance: OpaquePointer?, _ raw: UnsafePointer<PolyaCall>?, as role: (InstanceBox) -> Role?,
  _ body: (Role, Scope) throws -> Void
) -> PolyaStatus {
  guard let raw else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
  return reporting(raw) { scope in
    guard let role = InstanceBox.from(instance).flatMap(role) else {
      throw Failure(.badArgument, "the instance does not implement this table")
    }
    try body(role, scope)
  }
}

/// Runs `body` and passes what it throws to `call->fail`.
func reporting(_ raw: UnsafePointer<PolyaCall>, _ body: (Scope) throws -> Void) -> PolyaStatus {
  do {
    try body(Scope(call: Call(raw: raw), arena: Arena(call: raw)))
    return PolyaStatus(POLYA_OK)
  } catch {
    return report(error, to: raw)
  }
}

/// Records why one row failed and returns its status.
func report(_ error: any Error, to raw: UnsafePointer<PolyaCall>) -> PolyaStatus {
  let failure = error as? Failure ?? Failure(.internal, "\(error)")
  return failure.message.withPolyaText { raw.pointee.fail(raw, failure.code.rawValue, $0) }
}

/// Does the same as ``report(_:to:)``, except that a row stopped by the host ends the call instead of
/// failing.
func rowStatus(_ error: any Error, _ scope: Scope) throws -> PolyaStatus {
  try scope.call.checkStop()
  return report(error, to: scope.call.raw)
}

extension PolyaStatus {
  static var unsupported: PolyaStatus { Failure.Code.unsupported.rawValue }
}

/// Copies a table into memory that is never freed, as the contract requires.
func permanent<Table>(_ table: Table) -> UnsafeRawPointer {
  let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
  memory.initialize(to: table)
  return UnsafeRawPointer(memory)
}

func tableSize<Table>(of type: Table.Type) -> UInt32 { UInt32(MemoryLayout<Table>.size) }

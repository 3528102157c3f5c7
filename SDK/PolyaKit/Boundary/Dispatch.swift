internal import CPolya

// C function pointers cannot capture a generic type. So the tables hold plain closures, the concrete plugin type
// sits as a metatype behind `PolyaPlugin.user`, and the instance as an existential behind `PolyaInstance`.

/// What `PolyaInstance` points to.
final class InstanceBox {
  let plugin: any Plugin

  init(_ plugin: any Plugin) { self.plugin = plugin }

  static func from(_ instance: OpaquePointer?) -> InstanceBox? {
    instance.map { Unmanaged<InstanceBox>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }
}

/// What `PolyaPlugin.user` points to.
final class TypeBox {
  let type: any Plugin.Type

  init(_ type: any Plugin.Type) { self.type = type }
}

/// The call and its arena, as the closures of the tables see them.
struct Scope {
  let call: Call
  let arena: Arena
}

/// Runs a table function: finds the instance, turns thrown errors into a status and a sentence.
func serve<P>(
  _ instance: OpaquePointer?, _ raw: UnsafePointer<PolyaCall>?, as type: P.Type,
  _ body: (P, Scope) throws -> Void
) -> PolyaStatus {
  guard let raw else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
  return reporting(raw) { scope in
    guard let plugin = InstanceBox.from(instance)?.plugin as? P else {
      throw Failure(.badArgument, "the instance is not a \(P.self)")
    }
    try body(plugin, scope)
  }
}

/// Runs `body`; what it throws goes through `call->fail`.
func reporting(_ raw: UnsafePointer<PolyaCall>, _ body: (Scope) throws -> Void) -> PolyaStatus {
  do {
    try body(Scope(call: Call(raw: raw), arena: Arena(call: raw)))
    return PolyaStatus(POLYA_OK)
  } catch {
    return report(error, to: raw)
  }
}

/// Records why one row failed and gives its status.
func report(_ error: any Error, to raw: UnsafePointer<PolyaCall>) -> PolyaStatus {
  let failure = error as? Failure ?? Failure(.internal, "\(error)")
  return failure.message.withPolyaText { raw.pointee.fail(raw, failure.code.rawValue, $0) }
}

extension PolyaStatus {
  static var unsupported: PolyaStatus { Failure.Code.unsupported.rawValue }
}

/// Puts a table into memory that stays for the life of the module, as the contract demands.
func permanent<Table>(_ table: Table) -> UnsafeRawPointer {
  let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
  memory.initialize(to: table)
  return UnsafeRawPointer(memory)
}

func tableSize<Table>(of type: Table.Type) -> UInt32 { UInt32(MemoryLayout<Table>.size) }

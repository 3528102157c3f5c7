public import CPolya

/// The contents of a shared object. Create one and return it from `polya_plugin_entry`.
///
/// ```swift
/// private let module = Module(name: "look-back", version: "0.1.0", plugins: [LookBack.self])
///
/// @c @implementation
/// public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
///   module.entry
/// }
/// ```
public final class Module: Sendable {
  /// The module to return from `polya_plugin_entry`; valid until the process ends.
  ///
  /// Safety: Written once before it is visible to others, and constant afterwards.
  public nonisolated(unsafe) let entry: UnsafePointer<PolyaModule>

  /// Creates a module. `version` is its semantic version. Hosts older than ABI 1.`needsMinor` refuse it.
  public init(
    name: String, version: String, needsMinor: UInt16 = 0, plugins: [any Plugin.Type]
  ) {
    let descriptors = plugins.map { Descriptor.make($0, version: version) }
    var module = PolyaModule()
    module.struct_size = tableSize(of: PolyaModule.self)
    module.magic = POLYA_MAGIC
    module.abi_major = UInt16(POLYA_ABI_MAJOR)
    module.abi_minor = UInt16(POLYA_ABI_MINOR)
    module.needs_minor = needsMinor
    module.plugin_count = UInt32(descriptors.count)
    module.name = Descriptor.keep(name)
    module.version = Descriptor.keep(version)
    module.toolchain = Descriptor.keep("swift")
    module.plugin_at = { Descriptor.shared.at(Int($0)) }
    Descriptor.shared.publish(descriptors)
    entry = permanent(module).assumingMemoryBound(to: PolyaModule.self)
  }
}

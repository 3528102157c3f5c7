internal import CPolya
internal import Synchronization

/// Builds `PolyaPlugin` descriptors, which are constants of the module and never freed.
enum Descriptor {
  /// `plugin_at` is a C function without context, so the list must be reachable from a constant.
  static let shared = List()

  final class List: Sendable {
    private struct Pointers: @unchecked Sendable {
      // Safety: The pointer is written before publication and never changes.
      var plugins: [UnsafePointer<PolyaPlugin>] = []
    }

    private let pointers = Mutex(Pointers())

    func publish(_ plugins: [UnsafePointer<PolyaPlugin>]) {
      let value = Pointers(plugins: plugins)
      pointers.withLock { $0 = value }
    }

    func at(_ index: Int) -> UnsafePointer<PolyaPlugin>? {
      let plugins = pointers.withLock { $0 }.plugins
      return plugins.indices.contains(index) ? plugins[index] : nil
    }
  }

  static func keep(_ text: String) -> PolyaText {
    let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count)
    _ = bytes.initialize(from: text.utf8.lazy.map { CChar(bitPattern: $0) })
    return PolyaText(data: UnsafePointer(bytes.baseAddress), size: UInt64(bytes.count))
  }

  static func keep<Row>(_ rows: [Row]) -> PolyaRows {
    let memory = UnsafeMutableBufferPointer<Row>.allocate(capacity: rows.count)
    _ = memory.initialize(from: rows)
    return PolyaRows(
      base: UnsafeRawPointer(memory.baseAddress), count: UInt64(rows.count),
      stride: UInt32(MemoryLayout<Row>.stride), zero: 0)
  }

  static func make(_ type: any Plugin.Type, version: String) -> UnsafePointer<PolyaPlugin> {
    var plugin = PolyaPlugin()
    plugin.struct_size = tableSize(of: PolyaPlugin.self)
    plugin.traits = type.traits.rawValue
    plugin.id = keep(type.id)
    plugin.kind = keep(kind(of: type))
    plugin.version = keep(version)
    plugin.title = keep(type.title)
    plugin.summary = keep(type.summary)
    plugin.guide = keep(type.guide)
    plugin.options = keep(type.options.map(PolyaOption.init))
    plugin.user = Unmanaged.passRetained(TypeBox(type)).toOpaque()
    plugin.create = create
    plugin.destroy = { _, instance in
      if let instance { Unmanaged<InstanceBox>.fromOpaque(UnsafeRawPointer(instance)).release() }
    }
    plugin.table = table
    return permanent(plugin).assumingMemoryBound(to: PolyaPlugin.self)
  }

  private static func kind(of type: any Plugin.Type) -> String {
    if type is any Strategy.Type { return POLYA_STRATEGY }
    if type is any Reward.Type { return POLYA_REWARD }
    if type is any Model.Type { return POLYA_MODEL }
    if type is any TaskSource.Type { return POLYA_TASKS }
    preconditionFailure("\(type) is neither a Strategy, a Reward, a Model nor a TaskSource")
  }

  private static func type(of plugin: UnsafePointer<PolyaPlugin>) -> any Plugin.Type {
    Unmanaged<TypeBox>.fromOpaque(plugin.pointee.user).takeUnretainedValue().type
  }

  private static let create:
    @convention(c) (
      UnsafePointer<PolyaPlugin>?, UnsafePointer<PolyaCall>?, PolyaRows, UnsafeMutablePointer<OpaquePointer?>?
    ) -> PolyaStatus = { plugin, call, values, out in
      guard let plugin, let call, let out else { return PolyaStatus(POLYA_BAD_ARGUMENT) }
      return reporting(call) { scope in
        let type = type(of: plugin)
        let instance = try type.init(options: OptionValues(values, of: type.options), call: scope.call)
        out.pointee = OpaquePointer(Unmanaged.passRetained(InstanceBox(instance)).toOpaque())
      }
    }

  private static let table:
    @convention(c) (
      UnsafePointer<PolyaPlugin>?, UnsafePointer<CChar>?
    ) -> UnsafeRawPointer? = { plugin, id in
      guard let plugin, let id else { return nil }
      let type = type(of: plugin)
      guard String(cString: id) == kind(of: type) else { return nil }
      if let type = type as? any Strategy.Type { return StrategyTable.pointer(for: type) }
      if let type = type as? any Model.Type { return ModelTable.pointer(for: type) }
      if let type = type as? any Reward.Type { return RewardTable.pointer(for: type) }
      return TasksTable.pointer
    }
}

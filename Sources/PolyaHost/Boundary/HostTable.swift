internal import CPolya
internal import PolyaCore

/// The `PolyaHost` that plugins see. It is never freed, since modules are never unloaded.
final class HostTable {
  let raw: UnsafePointer<PolyaHost>
  private let log: LogSink

  init(log: LogSink) {
    self.log = log
    var host = PolyaHost()
    host.struct_size = UInt32(MemoryLayout<PolyaHost>.size)
    host.abi_major = UInt16(POLYA_ABI_MAJOR)
    host.abi_minor = UInt16(POLYA_ABI_MINOR)
    host.name = PolyaText("polya")
    host.version = PolyaText(HostVersion.text)
    host.log = { host, level, source, message in
      guard let impl = host?.pointee.impl else { return }
      let table = Unmanaged<HostTable>.fromOpaque(impl).takeUnretainedValue()
      table.log.write(level, source.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "plugin", message)
    }
    host.service = { _, id in id.flatMap { HostServices.table($0) } }
    let memory = UnsafeMutablePointer<PolyaHost>.allocate(capacity: 1)
    memory.initialize(to: host)
    raw = UnsafePointer(memory)
    memory.pointee.impl = Unmanaged.passRetained(self).toOpaque()
  }
}

/// The version of this host.
package enum HostVersion {
  /// The semantic version.
  package static let text: StaticString = "0.1.0"
}

/// The host's services for plugins.
enum HostServices {
  static func table(_ id: UnsafePointer<CChar>) -> UnsafeRawPointer? {
    switch String(cString: id) {
    case POLYA_RANDOM: random
    case POLYA_MODELS: ModelsService.table
    default: nil
    }
  }

  // Safety: Written once before it is visible to others, and constant afterwards.
  nonisolated(unsafe) private static let random: UnsafeRawPointer = {
    let table = UnsafeMutablePointer<PolyaRandom>.allocate(capacity: 1)
    table.initialize(
      to: PolyaRandom(struct_size: UInt32(MemoryLayout<PolyaRandom>.size), zero: 0) {
        call, stream, index, out, count in
        guard let call, let out else { return }
        let words = Randomness(seed: call.pointee.seed).stream(stream)
        for offset in 0..<count { out[Int(offset)] = words.word(index &+ offset) }
      })
    return UnsafeRawPointer(table)
  }()
}

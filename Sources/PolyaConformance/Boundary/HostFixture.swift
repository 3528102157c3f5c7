internal import CPolya
internal import Glibc
internal import PolyaCore
internal import Synchronization

/// The kind of host that a plugin is loaded by.
struct HostSettings: Sendable {
  /// Whether the host has a later minor version, with longer structs whose unknown tails are not zero.
  var isNewer = false
  /// Whether memory behind the structs is unreadable.
  var isExact = false
  var hasServices = true
}

/// A `PolyaHost` in its own memory, which lives until the process ends, as the contract says.
///
/// Safety: Written before the first plugin sees it, and constant afterwards.
final class HostFixture: @unchecked Sendable {
  let raw: UnsafePointer<PolyaHost>
  let settings: HostSettings
  private let memory: InputMemory
  private let log = Mutex<[String]>([])
  static let tail = 64

  init(_ settings: HostSettings) throws {
    self.settings = settings
    let memory = InputMemory(settings.isExact ? .guarded : .none)
    self.memory = memory
    var host = PolyaHost()
    let tail = settings.isNewer ? Self.tail : 0
    host.struct_size = UInt32(MemoryLayout<PolyaHost>.size + tail)
    host.abi_major = UInt16(POLYA_ABI_MAJOR)
    host.abi_minor = UInt16(settings.isNewer ? 99 : POLYA_ABI_MINOR)
    let name: StaticString = "polya plugin check"
    host.name = PolyaText(
      data: UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
      size: UInt64(name.utf8CodeUnitCount))
    host.version = host.name
    host.log = { host, _, _, message in HostFixture.of(host)?.record(message) }
    host.service = { host, id in HostFixture.of(host)?.service(id) }
    let bytes = withUnsafeBytes(of: host) { Array($0) } + [UInt8](repeating: 0xA5, count: tail)
    guard let place = bytes.withUnsafeBytes({ memory.store($0) }) else {
      throw Violation("the system has no memory for a host")
    }
    let mutable = place.assumingMemoryBound(to: PolyaHost.self)
    raw = UnsafePointer(mutable)
    mutable.pointee.impl = Unmanaged.passRetained(self).toOpaque()
  }

  private static func of(_ host: UnsafePointer<PolyaHost>?) -> HostFixture? {
    host.map { Unmanaged<HostFixture>.fromOpaque($0.pointee.impl).takeUnretainedValue() }
  }

  private func record(_ message: PolyaText) {
    guard let data = message.data, message.size < 1 << 20 else { return }
    let text = String(decoding: UnsafeRawBufferPointer(start: data, count: Int(message.size)), as: UTF8.self)
    log.withLock { $0.append(text) }
  }

  var lastLog: String? { log.withLock { $0.last } }

  private func service(_ id: UnsafePointer<CChar>?) -> UnsafeRawPointer? {
    guard settings.hasServices, let id else { return nil }
    return switch String(cString: id) {
    case POLYA_RANDOM: Self.random
    case POLYA_MODELS: ModelsFixture.table
    default: nil
    }
  }

  // Safety: Written once before it is visible to others, and constant afterwards.
  private nonisolated(unsafe) static let random: UnsafeRawPointer = {
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

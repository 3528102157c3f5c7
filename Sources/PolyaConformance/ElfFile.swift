/// What the checker reads from an ELF file, without running any of it.
struct ElfFile {
  /// A symbol that the file exports.
  struct Symbol {
    var name: String
    var isUnique: Bool
  }

  private let bytes: [UInt8]
  private(set) var exports: [Symbol] = []
  private(set) var hasExecutableStack = false
  private(set) var dynamic: [UInt64: UInt64] = [:]
  private var strings = 0

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
      throw Violation("it is not a 64-bit little-endian ELF file")
    }
    readSegments()
    readSections()
  }

  private func number(_ offset: Int, _ count: Int) -> UInt64 {
    guard offset >= 0, offset + count <= bytes.count else { return 0 }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  private func offset(_ position: Int) -> Int { Int(clamping: number(position, 8)) }

  private func name(_ offset: Int) -> String {
    guard offset >= 0, offset < bytes.count else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }

  private mutating func readSegments() {
    let table = offset(32)
    let size = Int(number(54, 2))
    var hasStackNote = false
    for index in 0..<Int(number(56, 2)) {
      let header = table + index * size
      switch number(header, 4) {
      case 0x6474_E551:
        hasStackNote = true
        hasExecutableStack = number(header + 4, 4) & 1 == 1
      case 2: readDynamic(offset(header + 8), offset(header + 32))
      default: break
      }
    }
    if !hasStackNote { hasExecutableStack = true }
  }

  private mutating func readDynamic(_ start: Int, _ size: Int) {
    for entry in stride(from: start, to: min(start + size, bytes.count - 16), by: 16) {
      let tag = number(entry, 8)
      guard tag != 0 else { return }
      dynamic[tag] = number(entry + 8, 8)
    }
  }

  private mutating func readSections() {
    let table = offset(40)
    let size = Int(number(58, 2))
    for index in 0..<Int(number(60, 2)) where number(table + index * size + 4, 4) == 11 {
      let header = table + index * size
      strings = offset(table + Int(number(header + 40, 4)) * size + 24)
      let start = offset(header + 24)
      for symbol in stride(from: start, to: start + offset(header + 32), by: 24) { readSymbol(symbol) }
    }
  }

  private mutating func readSymbol(_ position: Int) {
    let binding = number(position + 4, 1) >> 4
    let isVisible = number(position + 5, 1) & 3 == 0 || number(position + 5, 1) & 3 == 3
    guard [1, 2, 10].contains(binding), isVisible, number(position + 6, 2) != 0 else { return }
    let name = name(strings + Int(number(position, 4)))
    // Symbols of the linker itself, which older linkers export.
    guard !["_init", "_fini", "_end", "_edata", "__bss_start"].contains(name) else { return }
    exports.append(Symbol(name: name, isUnique: binding == 10))
  }

  /// Whether code pages must be modified when the file is loaded.
  var relocatesText: Bool { dynamic[22] != nil || (dynamic[30] ?? 0) & 4 != 0 }

  var constructorCount: Int { Int(clamping: (dynamic[27] ?? 0) / 8) }

  /// The folders in which its libraries are looked up.
  var searchPath: [String] {
    [15, 29].compactMap { dynamic[$0] }.flatMap { entry in
      name(strings + Int(clamping: entry)).split(separator: ":").map(String.init)
    }
  }
}

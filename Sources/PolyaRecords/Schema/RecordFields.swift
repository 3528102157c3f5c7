internal import PolyaCore

/// Reads the fields of a stored record. A missing or mistyped field is an error that names the record and the
/// field.
struct RecordFields {
  let json: JSON
  let kind: String

  /// Reads a part of a record, which has no tag.
  init(json: JSON, kind: String) {
    self.json = json
    self.kind = kind
  }

  /// Reads a record of a kind; throws if its kind or version does not match.
  init(_ json: JSON, of kind: RecordKind) throws {
    try kind.check(json)
    self.init(json: json, kind: "\(kind.rawValue) record")
  }

  private func read<T>(_ key: String, _ convert: (JSON) -> T?) throws -> T {
    guard let value = json[key].flatMap(convert) else {
      let id = json["id"]?.string.map { " \($0)" } ?? ""
      throw PolyaError(
        .corrupt, "a \(kind)\(id) has no valid '\(key)': \(json[key]?.shown ?? "it is missing")")
    }
    return value
  }

  func string(_ key: String) throws -> String { try read(key) { $0.string } }
  func bool(_ key: String) throws -> Bool { try read(key) { $0.bool } }
  func integer(_ key: String) throws -> Int { try read(key) { $0.integer.map(Int.init) } }
  func real(_ key: String) throws -> Double { try read(key) { $0.real } }
  func optionalReal(_ key: String) -> Double? { json[key]?.real }
  func strings(_ key: String) throws -> [String] { try read(key) { $0.array?.compactMap(\.string) } }
  func array(_ key: String) throws -> [JSON] { try read(key) { $0.array } }
  func object(_ key: String) throws -> JSON { try read(key) { if case .object = $0 { $0 } else { nil } } }
  func seed(_ key: String) throws -> UInt64 { try read(key) { $0.string.flatMap { UInt64($0, radix: 16) } } }
  func choice<Choice: RawRepresentable>(_ key: String) throws -> Choice where Choice.RawValue == String {
    try read(key) { $0.string.flatMap(Choice.init(rawValue:)) }
  }

  func tokens(_ key: String) throws -> [Int32] {
    try read(key) { value in
      guard let ids = value.array else { return nil }
      let tokens = ids.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
      return tokens.count == ids.count ? tokens : nil
    }
  }
}

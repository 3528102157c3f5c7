internal import PolyaKit
internal import TransformerFiles

/// Typed access to the metadata of a GGUF file; errors name the key and the file. It remembers what was asked for.
struct GGUFMetadata {
  let file: GGUFFile
  private(set) var asked: Set<String> = []

  init(_ file: GGUFFile) { self.file = file }

  func unsupported(_ key: String, _ value: String, _ only: String) -> TransformerError {
    TransformerError(.unsupported, "\(key) in \(file.path) is \(value); this engine supports only \(only)")
  }

  func corrupt(_ key: String, _ sentence: String) -> TransformerError {
    TransformerError(.corrupt, "\(key) in \(file.path) \(sentence)")
  }

  private mutating func value(_ key: String) -> GGUFValue? {
    asked.insert(key)
    return file.metadata[key]
  }

  mutating func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else { throw corrupt(key, "is \(value.text), not a text") }
    return text
  }

  mutating func integer(_ key: String) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard case .integer(let number) = value else { throw corrupt(key, "is \(value.text), not an integer") }
    return number
  }

  mutating func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw corrupt(key, "is \(value.text), not true or false") }
    return bool
  }

  /// A number as the shortest decimal that stands for it: 1e-05 rather than the 9.999999747378752e-06 that it is.
  mutating func number(_ key: String) throws -> JSON? {
    guard let value = value(key) else { return nil }
    switch value {
    case .integer(let number): return .number("\(number)")
    case .single(let number) where number.isFinite: return .number("\(number)")
    case .double(let number) where number.isFinite: return .number("\(number)")
    default: throw corrupt(key, "is \(value.text), not a number")
    }
  }

  mutating func integers(_ key: String) throws -> [Int]? {
    guard let value = value(key) else { return nil }
    guard case .integers(let numbers) = value else {
      throw corrupt(key, "is \(value.text), not a list of integers")
    }
    return numbers
  }

  mutating func numbers(_ key: String) throws -> [Float]? {
    guard let value = value(key) else { return nil }
    guard case .singles(let numbers) = value else {
      throw corrupt(key, "is \(value.text), not a list of numbers")
    }
    return numbers
  }

  mutating func strings(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    guard case .strings(let texts) = value else {
      throw corrupt(key, "is \(value.text), not a list of texts")
    }
    return texts
  }

  /// The size that all layers have; some files list one for each.
  mutating func size(_ key: String) throws -> Int? {
    guard case .integers(let sizes)? = file.metadata[key] else { return try integer(key) }
    asked.insert(key)
    guard let first = sizes.first, sizes.allSatisfy({ $0 == first }) else {
      throw unsupported(key, "different from layer to layer", "layers of one size")
    }
    return first
  }
}

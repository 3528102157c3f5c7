package import PolyaKit

extension JSON {
  /// Parses a file's bytes; `name` is what the error calls it.
  package init(parsing bytes: [UInt8], name: String) throws {
    do throws(SyntaxError) {
      try self.init(parsing: bytes)
    } catch {
      throw TransformerError(
        .corrupt, "\(name) \(File.impostor(bytes) ?? "\(error); correct it or copy it again")")
    }
  }
}

extension JSON {
  /// The token ids under a key, which are one or a list; none without the key.
  ///
  /// - Parameter name: What the error calls the file.
  package func tokens(_ key: String, in name: String) throws -> [Int32] {
    guard let value = self[key] else { return [] }
    return try (value.array ?? [value]).map {
      guard let number = $0.integer, let id = Int32(exactly: number) else {
        throw TransformerError(
          .corrupt, "\(key) in \(name) is not a token id; correct it, or copy the file again")
      }
      return id
    }
  }
}

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

internal import Glibc
package import PolyaKit

/// The key of a service, which no error, log or record shows.
package struct ServiceKey: Sendable, Equatable {
  /// To be declared beside a plugin's own options.
  package static let declared = [
    Option("key-env", .text, help: "The environment variable that holds the server's key."),
    Option("key-file", .path, help: "A file that holds the server's key."),
  ]

  /// The key itself.
  package let value: String

  /// Reads the key that the options name; nil if they name none.
  ///
  /// - Throws: `badOption`. No message shows the value, nor a name that might be one.
  package init?(_ values: OptionValues) throws {
    let key: String
    switch (values.text("key-env"), values.text("key-file")) {
    case (nil, nil): return nil
    case (_?, _?): throw Failure(.badOption, "key-env and key-file are both given; omit one of them")
    case (let name?, nil):
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isWordByte), let value = getenv(name) else {
        throw Failure(
          .badOption,
          "key-env must be the name of an environment variable that is set, not the key; set the variable, or use key-file"
        )
      }
      key = String(cString: value)
    case (nil, let path?): key = String(decoding: try OptionFile.bytes(path), as: UTF8.self)
    }
    let trimmed = String(key.reversed().drop(while: \.isWhitespace).reversed())
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (33...126).contains($0) }) else {
      throw Failure(
        .badOption, "the key in key-env or key-file is empty or has characters that no key has; correct it")
    }
    value = trimmed
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
  }
}

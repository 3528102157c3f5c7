/// The memory layout of a struct of the contract, for code that handles all structs alike: results copied
/// from a worker, rows saved for a replay, and rows of other sizes than this host's.
package struct StructLayout: Sendable {
  /// The name in the header.
  package let name: String
  /// The size of this host's version, in bytes.
  package let size: Int
  /// The size in the first minor version, in bytes, which is the minimum that a plugin may send.
  package let firstSize: Int
  /// The fields in the order of their offsets, without padding.
  package let fields: [Field]
  /// The fields that refer to memory outside of the struct.
  package let pointers: [Field]

  init(_ name: String, size: Int, firstSize: Int, _ fields: [Field]) {
    self.name = name
    self.size = size
    self.firstSize = firstSize
    self.fields = fields
    pointers = fields.filter(\.kind.leadsOut)
  }

  /// A field of a struct.
  package struct Field: Sendable {
    /// The name in the header; empty if the struct is the value itself.
    package let name: String
    /// The offset from the start of the struct, in bytes.
    package let offset: Int
    /// The type of the field.
    package let kind: Kind

    init(_ name: String, at offset: Int, _ kind: Kind) {
      self.name = name
      self.offset = offset
      self.kind = kind
    }
  }

  /// The type of a field.
  package enum Kind: Sendable {
    case integer(Integer)
    case real
    /// `PolyaText`, `PolyaBytes`, or `PolyaTokens`.
    case text, bytes, tokens
    /// A struct inside this one.
    case record(@Sendable () -> StructLayout)
    /// `PolyaRows` of a struct.
    case rows(@Sendable () -> StructLayout)
    /// `PolyaRows` whose elements are `PolyaRows`.
    case rowsOfRows
    /// A pointer to numbers.
    case array(Element, count: Count)
    /// Bytes inside the struct.
    case digest(Int)
    /// Memory of the other side, which is neither copied nor saved.
    case skipped

    var leadsOut: Bool {
      switch self {
      case .text, .bytes, .tokens, .rows, .rowsOfRows, .array: true
      case .record(let layout): !layout().pointers.isEmpty
      case .integer, .real, .digest, .skipped: false
      }
    }
  }

  /// The C type of an integer.
  package enum Integer: Sendable {
    case u32, i32, u64, i64
  }

  /// The element type of a pointer to numbers.
  package enum Element: Sendable {
    case float, double

    /// The size of an element in bytes.
    package var size: Int {
      switch self {
      case .float: 4
      case .double: 8
      }
    }
  }

  /// Where the length of an array is stored.
  package enum Count: Sendable {
    /// In a `uint64_t` of the same struct.
    case field(at: Int)
    /// The caller knows the length.
    case outside
  }
}

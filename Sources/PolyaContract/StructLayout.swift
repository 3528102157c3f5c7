/// How the C compiler lays out a struct of the contract, for code that treats all structs alike: results that are copied
/// out of a worker, rows that are kept for a replay, rows of other sizes than this host's own.
package struct StructLayout: Sendable {
  /// The name in the header.
  package let name: String
  /// Bytes of this host's own version.
  package let size: Int
  /// Bytes of the first minor version: the least that a plugin may send.
  package let firstSize: Int
  /// In the order of their offsets, without those that only fill.
  package let fields: [Field]
  /// Those that lead out of the struct.
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
    /// The name in the header; empty: the struct is the value itself.
    package let name: String
    /// Bytes from the start of the struct.
    package let offset: Int
    /// What is there.
    package let kind: Kind

    init(_ name: String, at offset: Int, _ kind: Kind) {
      self.name = name
      self.offset = offset
      self.kind = kind
    }
  }

  /// What a field holds.
  package enum Kind: Sendable {
    case integer(Integer)
    case real
    /// `PolyaText`, `PolyaBytes`, `PolyaTokens`.
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
    /// The other side's memory, which is neither copied nor kept.
    case skipped

    var leadsOut: Bool {
      switch self {
      case .text, .bytes, .tokens, .rows, .rowsOfRows, .array: true
      case .record(let layout): !layout().pointers.isEmpty
      case .integer, .real, .digest, .skipped: false
      }
    }
  }

  /// An integer's C type.
  package enum Integer: Sendable {
    case u32, i32, u64, i64
  }

  /// What a pointer to numbers points to.
  package enum Element: Sendable {
    case float, double

    /// Bytes of one.
    package var size: Int {
      switch self {
      case .float: 4
      case .double: 8
      }
    }
  }

  /// Where the length of an array is.
  package enum Count: Sendable {
    /// In a `uint64_t` of the same struct.
    case field(at: Int)
    /// The caller knows.
    case outside
  }
}

/// A value of a GGUF file's metadata. Arrays of numbers have one form each, since vocabularies are long.
enum GGUFValue: Equatable {
  case integer(Int)
  /// An integer that is too large for `Int`.
  case large(UInt64)
  case single(Float)
  case double(Double)
  case bool(Bool)
  case string(String)
  case integers([Int])
  case singles([Float])
  case strings([String])
  /// Arrays that no known key has: of doubles, of large integers, of arrays.
  case others(count: Int)

  /// Whether it says that something is not there: zero, false, or empty.
  var isOff: Bool {
    switch self {
    case .integer(let value): value == 0
    case .large: false
    case .single(let value): value == 0
    case .double(let value): value == 0
    case .bool(let value): !value
    case .string(let value): value.isEmpty
    case .integers(let values): values.allSatisfy { $0 == 0 }
    case .singles(let values): values.allSatisfy { $0 == 0 }
    case .strings(let values): values.isEmpty
    case .others(let count): count == 0
    }
  }

  /// For messages.
  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .large(let value): "\(value)"
    case .single(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .integers(let values): "a list of \(values.count) integers"
    case .singles(let values): "a list of \(values.count) numbers"
    case .strings(let values): "a list of \(values.count) texts"
    case .others(let count): "a list of \(count) values"
    }
  }
}

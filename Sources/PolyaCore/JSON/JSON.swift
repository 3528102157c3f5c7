/// A JSON value. Objects keep the order of their keys, so a value that is read and written again yields the
/// same bytes.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case string(String)
  case array([JSON])
  case object(Members)

  /// Ordered key-value pairs with unique keys.
  package struct Members: Sendable, Equatable, Sequence, ExpressibleByDictionaryLiteral {
    /// The pairs in insertion order.
    package private(set) var pairs: [(key: String, value: JSON)]

    /// Creates members from ordered pairs. The caller guarantees that no key occurs twice.
    package init(_ pairs: [(key: String, value: JSON)] = []) { self.pairs = pairs }

    /// Creates members in the order written.
    package init(dictionaryLiteral elements: (String, JSON)...) {
      pairs = elements.map { (key: $0.0, value: $0.1) }
    }

    /// The value for a key. Setting nil removes the key; setting a new key appends it.
    package subscript(key: String) -> JSON? {
      get { pairs.first { $0.key == key }?.value }
      set {
        let index = pairs.firstIndex { $0.key == key }
        switch (index, newValue) {
        case (let index?, let value?): pairs[index].value = value
        case (let index?, nil): pairs.remove(at: index)
        case (nil, let value?): pairs.append((key, value))
        case (nil, nil): break
        }
      }
    }

    /// Iterates in insertion order.
    package func makeIterator() -> Array<(key: String, value: JSON)>.Iterator { pairs.makeIterator() }

    /// Whether both have the same keys and values in the same order.
    package static func == (a: Members, b: Members) -> Bool {
      a.pairs.elementsEqual(b.pairs) { $0.key == $1.key && $0.value == $1.value }
    }
  }

  /// The value of a key of an object, or nil for unknown keys and for values that are not objects.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The value of a string, or nil for any other type.
  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// The value as an integer, even if it was written as 3.0; nil otherwise.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .real(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The value of a number, or nil for any other type.
  package var real: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  /// The value of a boolean, or nil for any other type.
  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements of an array, or nil for any other type.
  package var array: [JSON]? {
    guard case .array(let values) = self else { return nil }
    return values
  }

  /// The type in words for error messages, such as "a number".
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .real: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Creates a string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// Creates an integer.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// Creates a real number.
  package init(floatLiteral value: Double) { self = .real(value) }
  /// Creates a boolean.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Creates an array.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Creates an object whose keys keep the order written.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Members(elements.map { (key: $0.0, value: $0.1) }))
  }

  /// Creates an integer; traps if the value does not fit in 64 bits.
  package init(_ value: some BinaryInteger) { self = .integer(Int64(value)) }
  /// Creates a number, or null if the value is not finite, which JSON cannot represent.
  package init(_ value: Double) { self = value.isFinite ? .real(value) : .null }
}

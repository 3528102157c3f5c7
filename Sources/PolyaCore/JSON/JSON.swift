/// A JSON value. Objects keep the order of their keys, so that what is written again is the same bytes.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case string(String)
  case array([JSON])
  case object(Members)

  /// Key-value pairs in order; a key occurs once.
  package struct Members: Sendable, Equatable, Sequence, ExpressibleByDictionaryLiteral {
    /// In order of insertion.
    package private(set) var pairs: [(key: String, value: JSON)]

    /// Pairs in order. The caller guarantees that no key occurs twice.
    package init(_ pairs: [(key: String, value: JSON)] = []) { self.pairs = pairs }

    /// Pairs in order.
    package init(dictionaryLiteral elements: (String, JSON)...) {
      pairs = elements.map { (key: $0.0, value: $0.1) }
    }

    /// The value of a key; setting nil removes it, setting a new key appends it.
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

    /// In order.
    package func makeIterator() -> Array<(key: String, value: JSON)>.Iterator { pairs.makeIterator() }

    /// Same keys and values in the same order.
    package static func == (a: Members, b: Members) -> Bool {
      a.pairs.elementsEqual(b.pairs) { $0.key == $1.key && $0.value == $1.value }
    }
  }

  /// A member of an object; nil for other values and unknown keys.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The text of a string.
  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// An integer, also when it was written as 3.0.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .real(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// A number.
  package var real: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  /// A boolean.
  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements of an array.
  package var array: [JSON]? {
    guard case .array(let values) = self else { return nil }
    return values
  }

  /// What people call the type, for messages.
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
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// A real.
  package init(floatLiteral value: Double) { self = .real(value) }
  /// A boolean.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object in the order written.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Members(elements.map { (key: $0.0, value: $0.1) }))
  }

  /// An integer.
  package init(_ value: some BinaryInteger) { self = .integer(Int64(value)) }
  /// A number; null when it is not finite, since JSON has no other word for that.
  package init(_ value: Double) { self = value.isFinite ? .real(value) : .null }
}

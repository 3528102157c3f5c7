internal import CPolya
internal import PolyaCore

/// An option of the plugin, copied from its descriptor.
struct OptionFacts: Sendable {
  var key, help, defaultJSON: String
  var type: UInt32
  var isRequired, isList: Bool
  var integers: ClosedRange<Int64>?
  var reals: ClosedRange<Double>?
  var areBoundsCrossed = false
  var choices: [String]

  init(_ option: PolyaOption) {
    key = Subject.lossy(option.key)
    help = Subject.lossy(option.help)
    defaultJSON = Subject.lossy(option.default_json)
    type = option.type
    isRequired = option.flags & UInt32(POLYA_OPTF_REQUIRED) != 0
    isList = option.flags & UInt32(POLYA_OPTF_LIST) != 0
    let (low, high) = (option.int_min, option.int_max)
    integers = low == 0 && high == 0 ? nil : low <= high ? low...high : nil
    let (least, most) = (option.real_min, option.real_max)
    let isOpen = least == 0 && most == 0 || least.isNaN || most.isNaN
    reals = isOpen ? nil : least <= most ? least...most : nil
    areBoundsCrossed =
      (type == UInt32(POLYA_OPT_INT) && low > high)
      || (type == UInt32(POLYA_OPT_REAL) && !isOpen && least > most)
    choices = (0..<Int(min(option.choices.count, 10_000))).compactMap { index in
      option.choices.base?.advanced(by: index * Int(option.choices.stride)).load(as: PolyaChoice.self)
    }.map { Subject.lossy($0.value) }
  }

  /// Whether the type is one from POLYA_OPT_BOOL to POLYA_OPT_MODEL.
  var isKnownType: Bool { (1...11).contains(type) }

  /// Returns the value, or nil if it does not match the option's type and bounds.
  func value(_ json: JSON) -> OptionValue? {
    guard !isList else {
      guard let items = json.array else { return nil }
      let values = items.compactMap { single($0) }
      return values.count == items.count ? OptionValue(type: type, list: values) : nil
    }
    return single(json)
  }

  private func single(_ json: JSON) -> OptionValue? {
    switch type {
    case 1: return json.bool.map { OptionValue(type: type, integer: $0 ? 1 : 0) }
    case 2, 7:
      guard let number = json.integer, integers?.contains(number) ?? true else { return nil }
      return OptionValue(type: type, integer: number)
    case 3, 8:
      guard let number = json.real, reals?.contains(number) ?? true else { return nil }
      return OptionValue(type: type, real: number)
    case 5:
      guard let text = json.string, let index = choices.firstIndex(of: text) else { return nil }
      return OptionValue(type: type, integer: Int64(index), text: Array(text.utf8))
    case 10: return OptionValue(type: type, text: Array(json.compact.utf8))
    default: return json.string.map { OptionValue(type: type, text: Array($0.utf8)) }
    }
  }

  /// Valid values at the edges: each bound and each choice. Huge numbers are left out, since they may be
  /// valid and still exceed the resources of this machine.
  var edges: [JSON] {
    let scalars: [JSON] =
      switch type {
      case 1: [.bool(false), .bool(true)]
      case 2:
        integers.map { [$0.lowerBound, $0.upperBound] }?.filter { abs($0.clamped) <= 65_536 }.map {
          .integer($0)
        } ?? []
      case 3: reals.map { [$0.lowerBound, $0.upperBound] }?.filter(\.isFinite).map { .real($0) } ?? []
      case 5: choices.map { .string($0) }
      default: []
      }
    return isList ? scalars.map { .array([$0]) } + [.array([]), .array(scalars)] : scalars
  }
}

extension Int64 {
  /// The value, or -Int64.max for Int64.min, which has no magnitude.
  fileprivate var clamped: Int64 { Swift.max(self, -.max) }
}

/// A value as create() receives it.
struct OptionValue: Sendable {
  var type: UInt32 = 0
  var integer: Int64 = 0
  var real = 0.0
  var text: [UInt8] = []
  var list: [OptionValue] = []

  func raw(_ writer: InputWriter) -> PolyaValue {
    var value = PolyaValue()
    value.type = type
    value.integer = integer
    value.real = real
    value.text = writer.text(text)
    value.list = writer.rows(list.map { $0.raw(writer) })
    return value
  }
}

extension Subject {
  var options: [OptionFacts] {
    let rows = plugin.pointee.options
    guard let base = rows.base else { return [] }
    return (0..<Int(min(rows.count, 1000))).map {
      OptionFacts((base + $0 * Int(rows.stride)).load(as: PolyaOption.self))
    }
  }

  /// Returns one value per option: given, default, or absent.
  func values(_ given: JSON.Members) throws -> [OptionValue] {
    let known = options
    if let unknown = given.first(where: { pair in !known.contains { $0.key == pair.key } }) {
      throw NotExercised("it has no option '\(unknown.key)'")
    }
    return try known.map { option in
      if let json = given[option.key] {
        guard let value = option.value(json) else {
          throw NotExercised("\(json.compact) is not a valid value of the option '\(option.key)'")
        }
        return value
      }
      guard !option.defaultJSON.isEmpty else {
        guard !option.isRequired else {
          throw NotExercised("it needs the option '\(option.key)'; set it with --option \(option.key)=…")
        }
        return OptionValue()
      }
      guard let value = option.value(try JSONParser.parse(option.defaultJSON)) else {
        throw NotExercised("the default of '\(option.key)' is not one of its values")
      }
      return value
    }
  }
}

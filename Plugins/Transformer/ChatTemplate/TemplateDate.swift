internal import TransformerFiles

/// A moment that a template may print; the caller gives it, so that rendering depends on nothing else.
struct TemplateDate: Sendable {
  var year: Int
  var month: Int
  var day: Int
  var hour = 0
  var minute = 0
  var second = 0

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November",
    "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  /// The date as `strftime` of the C locale writes it.
  func formatted(_ format: String) throws -> String {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
      (0...23).contains(hour),
      (0...59).contains(minute), (0...59).contains(second)
    else { throw TemplateProblem(.badArgument, "the date given to the template is not valid") }
    var result = ""
    var scalars = Array(format.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let isBare = scalars.first == "-"
      if isBare { scalars.removeFirst() }
      let field = try field(scalars.popFirst() ?? " ")
      let digits = TemplateText.trimmed(field, of: "0", end: false)
      result += isBare ? (digits.isEmpty ? "0" : digits) : field
    }
    return result
  }

  private func field(_ letter: Unicode.Scalar) throws -> String {
    func padded(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    switch letter {
    case "Y": return String(year)
    case "y": return padded(year % 100)
    case "m": return padded(month)
    case "d": return padded(day)
    case "H": return padded(hour)
    case "I": return padded((hour + 11) % 12 + 1)
    case "M": return padded(minute)
    case "S": return padded(second)
    case "p": return hour < 12 ? "AM" : "PM"
    case "B": return Self.months[month - 1]
    case "b", "h": return String(Self.months[month - 1].prefix(3))
    case "A": return Self.weekdays[weekday]
    case "a": return String(Self.weekdays[weekday].prefix(3))
    case "F": return "\(year)-\(padded(month))-\(padded(day))"
    case "T": return "\(padded(hour)):\(padded(minute)):\(padded(second))"
    case "%": return "%"
    default: throw TemplateProblem(.unsupported, "the date format '%\(letter)' is not supported")
    }
  }

  /// Sakamoto's rule; 0 is Sunday.
  private var weekday: Int {
    let year = month < 3 ? year - 1 : year
    let offset = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1]
    return (year + year / 4 - year / 100 + year / 400 + offset + day) % 7
  }
}

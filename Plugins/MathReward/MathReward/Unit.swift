/// What an answer says that its number counts: known units with their size, and other words.
struct Unit: Equatable, Sendable {
  /// Exponents of base units by name; none for words alone.
  private(set) var dimension: [String: Int] = [:]
  /// The size in base units.
  private(set) var size: Expression = .integer(1)
  /// What is no known unit, in the singular.
  private(set) var words: Set<String> = []
  /// The number times variables, where letters may be meant so: `5 m`.
  var product: Expression?

  var isEmpty: Bool { dimension.isEmpty && words.isEmpty }

  /// Adds a word, such as `cm` or `apples`.
  ///
  /// - Parameter power: Of the word; negative behind "per".
  mutating func add(_ word: String, power: Int) {
    if Self.neutral.contains(word) { return }
    guard let known = Self.known[word] ?? Self.known[word.lowercased()] else {
      words.insert(Self.singular(word.lowercased()))
      return
    }
    for (base, exponent) in known.dimension {
      let sum = (dimension[base] ?? 0) + exponent * power
      dimension[base] = sum == 0 ? nil : sum
    }
    size = .product([size, power == 1 ? known.size : .power(known.size, .integer(power))])
  }

  /// How two units that are both stated relate.
  enum Relation: Equatable {
    /// Values are compared as they are.
    case same
    /// Values are compared after multiplying each with its size.
    case convertible
    case contradictory
  }

  func relation(to other: Unit) -> Relation {
    if !dimension.isEmpty, !other.dimension.isEmpty, dimension != other.dimension { return .contradictory }
    // An unknown symbol is none of the known units.
    if isSymbol && !other.dimension.isEmpty && other.words.isEmpty { return .contradictory }
    if other.isSymbol && !dimension.isEmpty && words.isEmpty { return .contradictory }
    // More words are more detail; other words are something else.
    if !words.isSubset(of: other.words), !other.words.isSubset(of: words) { return .contradictory }
    return dimension == other.dimension && !dimension.isEmpty ? .convertible : .same
  }

  private var isSymbol: Bool {
    dimension.isEmpty && !words.isEmpty && words.allSatisfy { $0.utf8.count <= 2 }
  }

  static func isKnown(_ word: String) -> Bool { known[word] != nil || known[word.lowercased()] != nil }

  /// Whether a word names money.
  static func isCurrency(_ word: String) -> Bool {
    guard let known = known[word] else { return false }
    return known.dimension.count == 1 && known.dimension.keys.allSatisfy(currencies.contains)
  }

  private static let currencies: Set<String> = ["dollar", "euro", "sterling", "yen", "rupee", "yuan", "peso"]

  private static func singular(_ word: String) -> String {
    if word.count > 3, word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    if word.count > 3, word.hasSuffix("es"), !word.hasSuffix("ees") {
      let stem = word.dropLast(2)
      if stem.hasSuffix("x") || stem.hasSuffix("s") || stem.hasSuffix("ch") || stem.hasSuffix("sh") {
        return String(stem)
      }
    }
    return word.count > 2 && word.hasSuffix("s") && !word.hasSuffix("ss") ? String(word.dropLast()) : word
  }

  /// Words that say nothing of what is counted.
  private static let neutral: Set<String> = [
    "unit", "units", "of", "in", "the", "a", "an", "about", "exactly", "approximately", "th", "st", "nd",
    "rd",
  ]

  private struct Known {
    var dimension: [String: Int]
    var size: Expression
  }

  private static func fraction(_ upper: Int, _ lower: Int = 1) -> Expression {
    lower == 1 ? .integer(upper) : .quotient(.integer(upper), .integer(lower))
  }

  /// By symbol, which may depend on case, and by name in lowercase.
  private static let known: [String: Known] = {
    var table: [String: Known] = [:]
    func add(_ names: String, _ dimension: [String: Int], _ size: Expression) {
      for name in names.split(separator: " ") {
        table[String(name)] = Known(dimension: dimension, size: size)
      }
    }
    // Lengths in millimeters, exact for inches, too: tenths of them.
    let length = ["length": 1]
    add("mm millimeter millimeters millimetre millimetres", length, fraction(10))
    add("cm centimeter centimeters centimetre centimetres", length, fraction(100))
    add("dm decimeter decimeters", length, fraction(1_000))
    add("m meter meters metre metres", length, fraction(10_000))
    add("km kilometer kilometers kilometre kilometres", length, fraction(10_000_000))
    add("inch inches", length, fraction(254))
    add("ft foot feet", length, fraction(3_048))
    add("yd yard yards", length, fraction(9_144))
    add("mi mile miles", length, fraction(16_093_440))
    let mass = ["mass": 1]
    add("mg milligram milligrams", mass, fraction(1))
    add("g gram grams", mass, fraction(1_000))
    add("kg kilogram kilograms", mass, fraction(1_000_000))
    add("lb lbs pound pounds", mass, fraction(45_359_237, 100))
    add("oz ounce ounces", mass, fraction(45_359_237, 1_600))
    let time = ["time": 1]
    add("ms millisecond milliseconds", time, fraction(1, 1000))
    add("s sec secs second seconds", time, fraction(1))
    add("min mins minute minutes", time, fraction(60))
    add("h hr hrs hour hours", time, fraction(3_600))
    add("day days", time, fraction(86_400))
    add("week weeks", time, fraction(604_800))
    add("month months", ["year": 1], fraction(1, 12))
    add("year years yr yrs", ["year": 1], fraction(1))
    add("dollar dollars USD buck bucks", ["dollar": 1], fraction(1))
    add("cent cents ¢", ["dollar": 1], fraction(1, 100))
    for names in [
      "euro euros EUR", "sterling GBP", "yen JPY", "rupee rupees INR", "yuan RMB CNY", "peso pesos",
    ] {
      add(names, [String(names.prefix { $0 != " " }): 1], fraction(1))
    }
    let volume = ["length": 3]
    add("L l liter liters litre litres", volume, fraction(1_000_000_000))
    add("ml mL milliliter milliliters", volume, fraction(1_000_000))
    // A gallon has 231 cubic inches.
    let gallon = Expression.product([.integer(231), .power(.integer(254), .integer(3))])
    add("gal gallon gallons", volume, gallon)
    for (names, part) in [("qt quart quarts", 4), ("pt pint pints", 8), ("cup cups", 16)] {
      add(names, volume, .quotient(gallon, .integer(part)))
    }
    add("deg degree degrees", ["angle": 1], .quotient(.pi, .integer(180)))
    add("rad radian radians", ["angle": 1], fraction(1))
    add("mph", ["length": 1, "time": -1], fraction(16_093_440, 3_600))
    add("kph kmh", ["length": 1, "time": -1], fraction(10_000_000, 3_600))
    return table
  }()
}

public import CPolya
import PolyaKit

/// Sums of two numbers, and two ways to work them out.
///
/// The pairs of three-digit numbers are counted through; every seventh pair belongs to the split "test", the others to
/// "train", so that no question stands in both. "larger" has four digits.
struct TemplateName: TaskSource {
  static let id = "TEMPLATE_ID"
  static let title = "Sums"
  static let summary = "Sums of two numbers, worked out digit by digit or part by part."

  let splits = [
    Split("train", count: 694_285, help: "Three digits."),
    Split("test", count: 115_715, help: "Three digits, other pairs."),
    Split("larger", count: 81_000_000, outOfDistribution: true, help: "Four digits."),
  ]
  let heuristics = [
    Heuristic(
      id: "step-by-step", family: "ordering", title: "step by step", idea: "Add digit by digit and carry."),
    Heuristic(
      id: "decomposing", family: "ordering", title: "decomposing", idea: "Split one number, add part by part."
    ),
  ]

  init(options: OptionValues, call: Call) throws {}

  func task(_ place: TaskPlace, _ call: Call) throws -> TaskItem {
    let sum = try draw(place)
    return TaskItem(
      key: "sum-\(sum.a)-\(sum.b)", question: "What is \(sum.a) + \(sum.b)?",
      reference: String(sum.a + sum.b),
      referenceKind: "math", kind: "sum", level: Double(sum.digits))
  }

  func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String? {
    switch heuristic {
    case "step-by-step": try draw(place).stepByStep
    case "decomposing": try draw(place).decomposed
    default: nil
    }
  }

  /// Walks through a whole split in strides, from where the seed says: no task comes twice. The stride is a prime that
  /// divides no count.
  private func draw(_ place: TaskPlace) throws -> Sum {
    guard let count = splits.first(where: { $0.name == place.split })?.count else {
      throw Failure(.notFound, "there is no split '\(place.split)'")
    }
    guard (0..<count).contains(place.index) else {
      throw Failure(.notFound, "the split '\(place.split)' has \(count) tasks, there is no \(place.index)")
    }
    let start = Int(mix(place.seed) % UInt64(count))
    let number = (place.index * 2_654_435_761 + start) % count
    return switch place.split {
    case "train": Sum(number: number / 6 * 7 + 1 + number % 6, digits: 3)
    case "test": Sum(number: number * 7, digits: 3)
    default: Sum(number: number, digits: 4)
    }
  }
}

struct Sum {
  let a, b, digits: Int

  init(number: Int, digits: Int) {
    let low = digits == 3 ? 100 : 1000
    a = low + number / (9 * low)
    b = low + number % (9 * low)
    self.digits = digits
  }

  private var units: ArraySlice<Int> { [1, 10, 100, 1000].prefix(digits) }

  var stepByStep: String {
    var text = ""
    var carry = 0
    for (name, unit) in zip(["Units", "Tens", "Hundreds", "Thousands"], units) {
      let (x, y) = (a / unit % 10, b / unit % 10)
      text += "\(name): \(x) + \(y) + \(carry) = \(x + y + carry).\n"
      carry = (x + y + carry) / 10
    }
    return text + "#### \(a + b)"
  }

  var decomposed: String {
    var text = ""
    var total = a
    for unit in units.reversed() {
      let part = b / unit % 10 * unit
      text += "\(total) + \(part) = \(total + part).\n"
      total += part
    }
    return text + "#### \(total)"
  }
}

/// A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
private func mix(_ seed: UInt64) -> UInt64 {
  var x = seed &+ 0x9E37_79B9_7F4A_7C15
  x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
  x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
  return x ^ (x >> 31)
}

private let module = Module(name: "template-name", version: "0.1.0", plugins: [TemplateName.self])

/// The only symbol that leaves the plugin.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

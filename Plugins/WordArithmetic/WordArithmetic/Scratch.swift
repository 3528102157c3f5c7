/// The sheet on which a solution is worked out: it calculates what it writes.
///
/// A slip makes a result wrong by one in one of its digits, and the work goes on with the wrong number, as people do.
struct Scratch {
  enum Operation: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"

    func callAsFunction(_ left: Int, _ right: Int) -> Int {
      switch self {
      case .plus: left + right
      case .minus: left - right
      case .times: left * right
      case .over: left / right
      }
    }
  }

  private(set) var text = ""
  private var sentenceIsOpen = false
  private var draw: Draw
  private let slips: Double
  /// How large the numbers are, for those that a solution chooses itself.
  let numbers: Magnitude

  init(numbers: Magnitude, slips: Double, draw: Draw) {
    self.numbers = numbers
    self.slips = slips
    self.draw = draw
  }

  /// Begins a new sentence with a word of its own.
  mutating func begin(_ word: String) {
    if !text.isEmpty { text += ". " }
    text += word
    sentenceIsOpen = false
  }

  /// Writes the next clause of the sentence as it stands.
  mutating func say(_ clause: String) {
    if !text.isEmpty { text += sentenceIsOpen ? ", " : " " }
    text += clause
    sentenceIsOpen = true
  }

  /// Writes `left operation right = result` as the next clause and returns the result.
  @discardableResult
  mutating func work(_ left: Int, _ operation: Operation, _ right: Int, prefix: String = "") -> Int {
    let result = settle(operation(left, right))
    say("\(prefix)\(left)\(operation.rawValue)\(right)=\(result)")
    return result
  }

  /// Applies a signed change to a running amount.
  mutating func apply(_ change: Int, to amount: Int) -> Int {
    change < 0 ? work(amount, .minus, -change) : work(amount, .plus, change)
  }

  /// Applies signed changes one after another.
  mutating func apply(_ changes: [Int], to amount: Int) -> Int {
    changes.reduce(amount) { apply($1, to: $0) }
  }

  /// The result of a calculation that is not written out, slips included.
  mutating func settle(_ result: Int) -> Int {
    guard slips > 0, draw.chance(slips) else { return result }
    let error = draw.pick(result >= 100 ? [1, 10, 100] : result >= 10 ? [1, 10] : [1])
    return draw.chance(0.5) && result >= error ? result - error : result + error
  }

  /// The finished solution with its last line, the answer.
  func finished(answer: Int) -> String {
    "\(text).\n#### \(answer)"
  }
}

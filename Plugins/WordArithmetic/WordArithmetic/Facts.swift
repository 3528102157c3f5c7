/// What a question says, without its words.
///
/// `changes` are signed: a gain is positive, a loss negative, never zero.
enum Facts: Equatable, Sendable {
  case chain(start: Int, changes: [Int])
  case start(end: Int, changes: [Int])
  case compare(first: Int, changes: [Int])
  case share(total: Int, among: Int, changes: [Int])
  case rate(boxes: Int, each: Int, changes: [Int])
  /// Two people have `total` together, the first has `difference` more; the second is asked for.
  case pair(total: Int, difference: Int, changes: [Int])
  case packed(boxes: Int, each: Int, changes: [Int])

  var kind: Kind {
    switch self {
    case .chain: .chain
    case .start: .start
    case .compare: .compare
    case .share: .share
    case .rate: .rate
    case .pair: .pair
    case .packed: .packed
    }
  }

  var changes: [Int] {
    switch self {
    case .chain(_, let changes), .start(_, let changes), .compare(_, let changes),
      .share(_, _, let changes), .rate(_, _, let changes), .pair(_, _, let changes),
      .packed(_, _, let changes):
      changes
    }
  }

  var answer: Int {
    let net = changes.reduce(0, +)
    return switch self {
    case .chain(let start, _): start + net
    case .start(let end, _): end - net
    case .compare(let first, _): first + net
    case .share(let total, let among, _): total / among + net
    case .rate(let boxes, let each, _): boxes * each + net
    case .pair(let total, let difference, _): (total - difference) / 2 + net
    case .packed(let boxes, let each, _): boxes * each - net
    }
  }

  /// The split that owns these facts: a function of the numbers alone, so that a question of one split is not
  /// even a renaming of a question of another.
  func split(steps: Int) -> Split {
    let place = fingerprint % 16
    guard steps <= World.longestInDistribution else { return place < 4 ? .ood : .corpus }
    return switch place {
    case 0: .test
    case 1: .validation
    case 2...7: .train
    default: .corpus
    }
  }

  /// FNV-1a (Fowler, Noll and Vo) over the kind and the numbers.
  var fingerprint: UInt64 {
    fnv1a(kind.rawValue + numbers.map { ",\($0)" }.joined())
  }

  private var numbers: [Int] {
    switch self {
    case .chain(let start, let changes): [start] + changes
    case .start(let end, let changes): [end] + changes
    case .compare(let first, let changes): [first] + changes
    case .share(let total, let among, let changes): [total, among] + changes
    case .rate(let boxes, let each, let changes): [boxes, each] + changes
    case .pair(let total, let difference, let changes): [total, difference] + changes
    case .packed(let boxes, let each, let changes): [boxes, each] + changes
    }
  }
}

/// FNV-1a, 64 bits, of a text's UTF-8.
func fnv1a(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

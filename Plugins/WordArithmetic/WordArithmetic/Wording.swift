/// Puts facts into everyday language.
///
/// Short words from short lists, so that a small vocabulary has a token for
/// nearly every one of them.
struct Wording {
  private static let people = [
    ("Mia", "She"), ("Ben", "He"), ("Zoe", "She"), ("Sam", "He"), ("Ann", "She"), ("Tom", "He"),
    ("Eva", "She"), ("Max", "He"),
  ]
  private static let things = ["apples", "shells", "coins", "cards", "pens", "stamps", "books", "beads"]
  private static let gains = ["found", "got", "bought", "won"]
  private static let losses = ["lost", "sold", "used", "gave away"]

  private var draw: Draw
  private let names: [String]
  private let pronoun: String
  private let things: String

  init(draw: Draw) {
    self.draw = draw
    let first = self.draw.below(Self.people.count)
    // An odd stride visits all eight names before one returns.
    let stride = 2 * self.draw.below(4) + 1
    names = (0...World.longest).map { Self.people[(first + $0 * stride) % Self.people.count].0 }
    pronoun = Self.people[first].1
    things = self.draw.pick(Self.things)
  }

  mutating func question(_ facts: Facts) -> String {
    let name = names[0]
    let now = "How many does \(name) have now?"
    switch facts {
    case .chain(let start, let changes):
      return "\(name) had \(start) \(things). \(events(changes, pronoun))\(now)"
    case .start(let end, let changes):
      return "\(name) had some \(things). \(events(changes, pronoun))Now \(pronoun.lowercased()) has \(end). "
        + "How many did \(name) have at first?"
    case .compare(let first, let changes):
      return "\(name) has \(first) \(things). \(comparisons(changes))"
        + "How many does \(names[changes.count]) have?"
    case .share(let total, let among, let changes):
      return "\(among) friends shared \(total) \(things). One was \(name). \(events(changes, pronoun))\(now)"
    case .rate(let boxes, let each, let changes):
      return "\(name) had \(boxes) boxes of \(each) \(things). \(events(changes, pronoun))\(now)"
    case .pair(let total, let difference, let changes):
      return "\(names[1]) and \(name) had \(total) \(things). \(names[1]) had \(difference) more. "
        + (changes.isEmpty ? "How many did \(name) have?" : events(changes, name) + now)
    case .packed(let boxes, let each, let changes):
      return "\(name) had some \(things). \(events(changes, pronoun))Now \(pronoun.lowercased()) has "
        + "\(boxes) boxes of \(each). How many did \(name) have at first?"
    }
  }

  private mutating func events(_ changes: [Int], _ who: String) -> String {
    var text = ""
    for (index, change) in changes.enumerated() {
      let verb = draw.pick(change > 0 ? Self.gains : Self.losses)
      text += "\(index == 0 ? who : pronoun) \(verb) \(change.magnitude). "
    }
    return text
  }

  private func comparisons(_ changes: [Int]) -> String {
    changes.enumerated().map { index, change in
      "\(names[index + 1]) has \(change.magnitude) \(change > 0 ? "more" : "fewer") than \(names[index]). "
    }.joined()
  }

  /// Who is compared with whom: everybody after the first person, in order.
  var others: [String] { Array(names.dropFirst()) }
}

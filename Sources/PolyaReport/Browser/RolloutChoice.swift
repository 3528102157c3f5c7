internal import PolyaRecords

/// Chooses rollouts that show how a training went: some steps from its whole length, and of each the groups whose rollouts
/// differ most.
struct RolloutChoice {
  /// The number of steps, of groups of a step, and of rollouts of a group.
  static let (steps, groups, members) = (8, 4, 6)

  /// The chosen rollouts, by step and group, the greatest advantage of a group first.
  let rollouts: [RolloutRecord]

  /// Chooses among the shards of a stage, of which only a few are read.
  init(files: [String]) throws {
    let places = Self.spread(files.count, Self.steps)
    var chosen: [RolloutRecord] = []
    for (number, place) in places.enumerated() {
      // A single file holds the whole training; of several, each stands for its first step, the last one for its last.
      let isLast = number == places.count - 1
      let all = try Self.read(files[place], onlyFirstStep: !isLast)
      let known = all.map(\.step).reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
      let wanted =
        places.count == 1
        ? Self.spread(known.count, Self.steps).map { known[$0] }
        : [isLast ? known.last : known.first].compactMap { $0 }
      for step in wanted { chosen += Self.choose(all.filter { $0.step == step }) }
    }
    rollouts = chosen
  }

  private static func read(_ file: String, onlyFirstStep: Bool) throws -> [RolloutRecord] {
    let reader = try RecordReader(file)
    var records: [RolloutRecord] = []
    while let json = try reader.next() {
      let record = try RolloutRecord(json)
      if onlyFirstStep, let first = records.first, record.step != first.step { break }
      records.append(record)
    }
    return records
  }

  /// Returns the most telling rollouts of one step.
  static func choose(_ step: [RolloutRecord]) -> [RolloutRecord] {
    let groups = Dictionary(grouping: step, by: \.group).values.map { members in
      members.sorted { ($1.advantage ?? 0, $0.sample) < ($0.advantage ?? 0, $1.sample) }
    }
    let telling = groups.sorted { a, b in
      let (first, second) = (Set(a.map(\.outcome)).count, Set(b.map(\.outcome)).count)
      return (second, a[0].group) < (first, b[0].group)
    }
    return telling.prefix(Self.groups).flatMap { members in
      spread(members.count, Self.members).map { members[$0] }
    }
  }

  /// Returns `count` indices below `all` at even distances, the first and the last among them; all if there are fewer.
  static func spread(_ all: Int, _ count: Int) -> [Int] {
    guard all > count else { return Array(0..<all) }
    return (0..<count).map { $0 * (all - 1) / (count - 1) }
  }
}

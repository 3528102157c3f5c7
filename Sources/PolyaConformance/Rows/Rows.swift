internal import PolyaContract
internal import PolyaCore

/// The rows that functions are called with: an author's or the checker's own.
struct Rows: Sendable {
  /// One line.
  struct Row: Sendable {
    var line: Int
    var content: Content
    var expected: Expectation?
  }

  /// The content of a line, by the kind of the plugin.
  enum Content: Sendable {
    case answer(ScoredAnswer)
    case dialog(DialogTurn, replies: [[UInt8]], answer: [UInt8]?)
    case place(split: [UInt8], index: UInt64, seed: UInt64?, heuristic: [UInt8]?)
    case text([UInt8])
    case tokens([Int32])
  }

  /// An author's expectation of a row.
  struct Expectation: Sendable, Equatable {
    enum Verdict: String, Sendable, CaseIterable { case scored, abstain, failed }

    var verdict: Verdict
    var score: Double?
  }

  /// The maximum number of rows. More would take too long, since each rule uses all of them.
  static let limit = 512

  let place: String
  let rows: [Row]

  /// Reads JSON lines and skips empty ones.
  init(_ bytes: [UInt8], kind: PluginKind, at place: String) throws {
    self.place = place
    var rows: [Row] = []
    var start = 0
    var line = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      line += 1
      if bytes[start..<end].contains(where: { ![9, 13, 32].contains($0) }) {
        let here = "\(place), line \(line)"
        let json = try JSONParser.parse(bytes, in: start..<end, at: here)
        rows.append(try RowReader(json, at: here).row(kind, line: line))
      }
      start = end + 1
    }
    guard !rows.isEmpty else { throw PolyaError(.configuration, "contains no rows", at: place) }
    guard rows.count <= Self.limit else {
      throw PolyaError(
        .configuration,
        "has \(rows.count) rows, but at most \(Self.limit) are allowed, since each rule uses all of them",
        at: place)
    }
    self.rows = rows
  }
}

/// Reads one line.
private struct RowReader {
  private let reader: ObjectReader
  private let place: String

  init(_ json: JSON, at place: String) throws {
    reader = try ObjectReader(json, at: place)
    self.place = place
  }

  func row(_ kind: PluginKind, line: Int) throws -> Rows.Row {
    _ = reader.value("id")
    let row =
      switch kind {
      case .reward: Rows.Row(line: line, content: .answer(try answer()), expected: try expectation())
      case .strategy: Rows.Row(line: line, content: try dialog())
      case .tasks: Rows.Row(line: line, content: try task())
      case .model: Rows.Row(line: line, content: try model())
      }
    try reader.finish()
    return row
  }

  private func bytes(_ key: String) throws -> [UInt8] { Array((try reader.string(key) ?? "").utf8) }

  private func required(_ key: String, _ reader: ObjectReader) throws -> [UInt8] {
    Array(try reader.required(key, reader.string(key)).utf8)
  }

  private var metadata: [UInt8] { Array((reader.value("metadata")?.compact ?? "").utf8) }

  private func answer() throws -> ScoredAnswer {
    var answer = ScoredAnswer(
      id: 0, question: try bytes("question"), completion: try required("completion", reader),
      reference: try bytes("reference"), kind: try bytes("reference_kind"), metadata: metadata)
    answer.transcript = try messages("transcript")
    answer.tokens = try tokens("tokens") ?? []
    answer.logprobs = try logprobs(count: answer.tokens.count)
    answer.further = RowFields.further(.rewardItem, reader)
    answer.group = try reader.value("group").map { group in
      guard group.string != nil || group.integer != nil else {
        throw PolyaError(
          .configuration, "must be a string or an integer, not \(group.shown)", at: reader.place("group"))
      }
      return group.compact
    }
    return answer
  }

  private func expectation() throws -> Rows.Expectation? {
    let verdict = try reader.choice("verdict", Rows.Expectation.Verdict.self)
    let score = try reader.real("score")
    guard let score else { return verdict.map { Rows.Expectation(verdict: $0) } }
    guard verdict == nil || verdict == .scored else {
      throw PolyaError(
        .configuration, "expects both a score and the verdict '\(verdict?.rawValue ?? "")'", at: place,
        hint: "remove one of them")
    }
    return Rows.Expectation(verdict: .scored, score: score)
  }

  private func messages(_ key: String) throws -> [DialogMessage] {
    try (reader.objects(key) ?? []).map { message in
      let read = DialogMessage(role: try required("role", message), content: try required("content", message))
      try message.finish()
      return read
    }
  }

  private func dialog() throws -> Rows.Content {
    var turn = DialogTurn(
      id: 0, question: try required("question", reader), heuristic: try bytes("heuristic"), metadata: metadata
    )
    turn.exemplars = try (reader.objects("exemplars") ?? []).map { exemplar in
      let read = DialogExemplar(
        question: try required("question", exemplar),
        heuristic: Array((try exemplar.string("heuristic") ?? "").utf8),
        solution: try required("solution", exemplar))
      try exemplar.finish()
      return read
    }
    turn.transcript = try messages("transcript")
    turn.state = try bytes("state")
    turn.reference = try bytes("reference")
    turn.further = RowFields.further(.strategyItem, reader)
    let replies = turn.transcript.count { $0.role == Array("assistant".utf8) }
    turn.turn = UInt32(try reader.integer("turn") ?? replies)
    let answer = try reader.string("answer").map { Array($0.utf8) }
    return .dialog(
      turn, replies: try (reader.strings("replies") ?? []).map { Array($0.utf8) }, answer: answer)
  }

  private func task() throws -> Rows.Content {
    .place(
      split: try required("split", reader), index: try number("index") ?? 0, seed: try number("seed"),
      heuristic: try reader.string("heuristic").map { Array($0.utf8) })
  }

  private func model() throws -> Rows.Content {
    let ids = try tokens("ids")
    guard let text = try reader.string("text") else {
      guard let ids, !ids.isEmpty else {
        throw PolyaError(.configuration, "the key 'text' is missing", at: place, hint: "add it, or use 'ids'")
      }
      return .tokens(ids)
    }
    guard ids == nil else {
      throw PolyaError(.configuration, "has both 'text' and 'ids'", at: place, hint: "remove one of them")
    }
    return .text(Array(text.utf8))
  }

  private func number(_ key: String) throws -> UInt64? {
    try reader.value(key).map { value in
      guard let number = value.integer.flatMap(UInt64.init(exactly:)) else {
        throw PolyaError(
          .configuration, "must be an integer from 0, not \(value.shown)", at: reader.place(key))
      }
      return number
    }
  }

  private func tokens(_ key: String) throws -> [Int32]? {
    try reader.value(key).map { value in
      let ids = value.array?.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
      guard let ids, ids.count == value.array?.count else {
        throw PolyaError(
          .configuration, "must be a list of token ids, not \(value.shown)", at: reader.place(key))
      }
      return ids
    }
  }

  private func logprobs(count: Int) throws -> [Float] {
    guard let value = reader.value("logprobs") else { return [] }
    let numbers = value.array?.compactMap { $0.real.map { Float($0) } }
    guard let numbers, numbers.count == count, value.array?.count == count else {
      throw PolyaError(
        .configuration, "must have a number for each of \(count) tokens, not \(value.shown)",
        at: reader.place("logprobs"))
    }
    return numbers
  }
}

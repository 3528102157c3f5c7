internal import CPolya
internal import Glibc

extension Instance {
  /// Returns what the instance's describe function reported, asked only once.
  func facts() throws -> Facts {
    if let cachedFacts { return cachedFacts }
    let facts = try describe()
    cachedFacts = facts
    return facts
  }

  /// Returns what the instance's describe function reports now.
  func describe(_ settings: CallSettings = CallSettings()) throws -> Facts {
    switch subject.kind {
    case .reward: return try reward(settings)
    case .strategy: return try strategy(settings)
    case .tasks: return try tasks(settings)
    case .model: return try model(settings)
    case nil: return Facts()
    }
  }

  /// Returns a struct that the plugin filled, after checking the canaries behind its size.
  private func filled<Info>(
    _ info: Info, _ rule: String, _ settings: CallSettings,
    _ function: (UnsafePointer<PolyaCall>, UnsafeMutablePointer<Info>) -> PolyaStatus,
    _ read: (Info, ResultReader, inout Facts) -> Void
  ) throws -> Facts {
    let call = try CallFixture(settings, host: subject.host)
    let size = MemoryLayout<Info>.size
    let tail = subject.host.settings.isNewer ? HostFixture.tail : 0
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size + tail + 256, alignment: 64)
    defer { memory.deallocate() }
    memset(memory, 0, size + tail)
    memset(memory + size + tail, 0xC3, 256)
    let out = memory.assumingMemoryBound(to: Info.self)
    out.pointee = info
    memory.storeBytes(of: UInt32(size + tail), as: UInt32.self)
    let status = function(call.raw, out)
    let reader = try subject.reader(call.ranges)
    reader.place = "describe"
    reader.textRule = rule
    var facts = Facts()
    if status == 0 {
      read(out.pointee, reader, &facts)
    } else {
      reader.fault(rule, "it failed with status \(status): \(call.reasons.last ?? "no reason")")
    }
    let canaries = UnsafeRawBufferPointer(start: memory + size + tail, count: 256)
    if canaries.contains(where: { $0 != 0xC3 }) {
      reader.fault("version.canaries", "it writes beyond the struct_size of its output")
    }
    facts.faults = reader.faults
    return facts
  }

  private func reward(_ settings: CallSettings) throws -> Facts {
    guard let table = subject.table(as: PolyaReward.self), let describe = table.describe else {
      return Facts()
    }
    return try filled(PolyaRewardInfo(), "reward.describe", settings, { describe(raw, $0, $1) }) {
      info, reader, facts in
      (facts.low, facts.high) = (info.low, info.high)
      let rows = reader.rows(info.components, PolyaComponent.self, "the components")
      facts.components = rows.map { $0.low <= $0.high ? $0.low...$0.high : nil }
      let names = rows.map { reader.text($0.name, "a component's name") }
      facts.fingerprint = "\(info.low) \(info.high) \(info.max_batch) \(names) \(facts.components)"
      if !(info.low.isFinite && info.high.isFinite && info.low < info.high) {
        reader.fault("reward.describe", "the range of scores is \(info.low)...\(info.high)")
      }
      if Set(names).count < names.count || names.contains("") || facts.components.contains(nil) {
        reader.fault(
          "reward.describe", "the components \(names) need unique names and valid ranges")
      }
    }
  }

  private func heuristics(_ rows: PolyaRows, _ reader: ResultReader, _ rule: String) -> [String] {
    let ids = reader.rows(rows, PolyaHeuristic.self, "the heuristics").map { heuristic in
      _ = [heuristic.family, heuristic.title, heuristic.idea].map { reader.text($0, "a text of a heuristic") }
      return reader.text(heuristic.id, "a heuristic's id")
    }
    if Set(ids).count < ids.count { reader.fault(rule, "its heuristic ids are not unique: \(ids)") }
    for id in ids where !Grammar.isKey(id) {
      reader.fault(rule, "the heuristic '\(id)' is not of the form [a-z][a-z0-9-]*")
    }
    return ids
  }

  private func strategy(_ settings: CallSettings) throws -> Facts {
    guard let table = subject.table(as: PolyaStrategy.self), let describe = table.describe else {
      return Facts()
    }
    return try filled(PolyaStrategyInfo(), "strategy.describe", settings, { describe(raw, $0, $1) }) {
      info, reader, facts in
      facts.heuristics = heuristics(info.heuristics, reader, "strategy.describe")
      facts.fingerprint = "\(facts.heuristics)"
      if facts.heuristics.isEmpty { reader.fault("strategy.describe", "it has no heuristics") }
    }
  }

  private func tasks(_ settings: CallSettings) throws -> Facts {
    guard let table = subject.table(as: PolyaTasks.self), let describe = table.describe else {
      return Facts()
    }
    return try filled(PolyaTasksInfo(), "tasks.describe", settings, { describe(raw, $0, $1) }) {
      info, reader, facts in
      facts.heuristics = heuristics(info.heuristics, reader, "tasks.describe")
      facts.splits = reader.rows(info.splits, PolyaSplit.self, "the splits").map {
        SplitFacts(name: reader.text($0.name, "a split's name"), count: $0.count)
      }
      facts.fingerprint = "\(facts.heuristics) \(facts.splits)"
      let names = facts.splits.map(\.name)
      if names.isEmpty || names.contains("") || Set(names).count < names.count {
        reader.fault(
          "tasks.describe", "the splits \(names) need unique names, and there must be at least one")
      }
    }
  }

  private func model(_ settings: CallSettings) throws -> Facts {
    guard let table = subject.table(as: PolyaModel.self), let info = table.info else { return Facts() }
    return try filled(PolyaModelInfo(), "model.info", settings, { info(raw, $0, $1) }) {
      info, reader, facts in
      let texts = [info.name, info.family, info.device, info.dtype].map {
        reader.text($0, "a text of info()")
      }
      facts.vocabulary = Int(max(1, info.vocab_size))
      facts.context = info.context_length > 0 ? Int(info.context_length) : 64
      facts.features = info.features
      facts.fingerprint =
        "\(texts) \(info.features) \(info.parameters) \(info.vocab_size) \(info.context_length)"
      if info.vocab_size == 0 || info.vocab_size < -1 || info.context_length == 0 {
        reader.fault("model.info", "vocabulary \(info.vocab_size), context \(info.context_length)")
      }
      for (id, name) in [(info.bos, "bos"), (info.eos, "eos")]
      where id < -1 || (info.vocab_size > 0 && id >= info.vocab_size) {
        reader.fault("model.info", "\(name) is \(id), outside of the vocabulary of \(info.vocab_size)")
      }
    }
  }
}

/// The syntax of names in the contract.
enum Grammar {
  /// Returns whether a text matches `[a-z][a-z0-9-]*`.
  static func isKey(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
  }

  /// Returns whether a text is a reverse domain name, such as "org.example.exact-match".
  static func isReverseDomain(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count >= 2 && parts.allSatisfy { isKey(String($0)) }
  }

  /// Returns whether a text is a semantic version, such as "1.2.3" or "1.2.3-rc.1+build".
  static func isVersion(_ text: String) -> Bool {
    let numbers = text.prefix { $0 != "-" && $0 != "+" }.split(
      separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 3
      && numbers.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy(isDigit) && (part.count == 1 || part.first != "0")
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

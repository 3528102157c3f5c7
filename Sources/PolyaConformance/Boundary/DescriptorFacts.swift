internal import CPolya
internal import PolyaContract

/// The content of a descriptor, read without trusting it.
struct DescriptorFacts: Equatable {
  var id, kind, version, title, summary, guide: String
  var faults: [Fault]
  var reservedIsZero: Bool
  var optionKeys: [String]

  static func == (a: DescriptorFacts, b: DescriptorFacts) -> Bool {
    a.id == b.id && a.kind == b.kind && a.version == b.version && a.title == b.title && a.summary == b.summary
      && a.guide == b.guide && a.optionKeys == b.optionKeys
  }
}

extension Subject {
  /// Returns the descriptor as it is now.
  func descriptor() throws -> DescriptorFacts {
    let reader = try reader()
    reader.place = "the descriptor"
    reader.textRule = "describe.texts"
    reader.takesAnyPlace = true
    let raw = plugin.pointee
    return DescriptorFacts(
      id: reader.text(raw.id, "the id"), kind: reader.text(raw.kind, "the kind"),
      version: reader.text(raw.version, "the version"), title: reader.text(raw.title, "the title"),
      summary: reader.text(raw.summary, "the summary"), guide: reader.text(raw.guide, "the guide"),
      faults: reader.faults.filter { $0.rule == "describe.texts" || $0.message.hasSuffix("cannot be read") },
      reservedIsZero: module.pointee.zero == 0 && module.pointee.zero2 == 0,
      optionKeys: options.map(\.key))
  }

  /// The ids of all plugins in the module.
  var ids: [String] {
    (0..<module.pointee.plugin_count).compactMap { index in
      module.pointee.plugin_at(index).map { Self.lossy($0.pointee.id) }
    }
  }

  /// Returns the structs and tables that are smaller than in ABI 1.0, with their sizes.
  func shortStructs() -> [String] {
    var short: [String] = []
    if Int(plugin.pointee.struct_size) < StructLayout.FirstSize.plugin {
      short.append("PolyaPlugin (\(plugin.pointee.struct_size) of \(StructLayout.FirstSize.plugin) bytes)")
    }
    if let table = table(kindText), let wanted = kind?.frozenTable {
      let size = table.load(as: UInt32.self)
      if Int(size) < wanted { short.append("the table \(kindText) (\(size) of \(wanted) bytes)") }
    }
    return short
  }

  /// Returns the functions that are NULL although the kind, the model's features, or another function require
  /// them.
  func missingFunctions(_ features: UInt64) -> [String] {
    func missing(_ functions: [(String, Bool)]) -> [String] { functions.filter { !$0.1 }.map(\.0) }
    switch kind {
    case .reward:
      let table = table(as: PolyaReward.self)
      return missing([("describe", table?.describe != nil), ("score", table?.score != nil)])
    case .strategy:
      let table = table(as: PolyaStrategy.self)
      return missing([("describe", table?.describe != nil), ("next", table?.next != nil)])
    case .tasks:
      let table = table(as: PolyaTasks.self)
      return missing([("describe", table?.describe != nil), ("produce", table?.produce != nil)])
    case .model: return table(as: PolyaModel.self).map { missingFunctions(of: $0, features) } ?? ["info"]
    case nil: return []
    }
  }

  private func missingFunctions(of table: PolyaModel, _ features: UInt64) -> [String] {
    var wanted = [
      ("info", table.info != nil), ("encode", table.encode != nil), ("decode", table.decode != nil),
      ("generate", table.generate != nil),
    ]
    let training = [
      ("forward", table.forward != nil), ("backward", table.backward != nil), ("drop", table.drop != nil),
      ("step", table.step != nil), ("score", table.score != nil),
    ]
    if training.dropLast().contains(where: \.1) { wanted += training }
    let storing = [("save", table.save != nil), ("load", table.load != nil)]
    if storing.contains(where: \.1) { wanted += storing }
    if features & ContractBits.modelChat != 0 { wanted.append(("render", table.render != nil)) }
    return wanted.filter { !$0.1 }.map(\.0)
  }
}

extension PluginKind {
  /// The size of its table in ABI 1.0, in bytes, which is the minimum for a plugin.
  var frozenTable: Int {
    switch self {
    case .strategy: StructLayout.FirstSize.strategy
    case .reward: StructLayout.FirstSize.reward
    case .model: StructLayout.FirstSize.model
    case .tasks: StructLayout.FirstSize.tasks
    }
  }
}

/// Rules about the module and its descriptors.
enum DescribeRules {
  static let all = [
    RuleCheck("describe.texts", .must, "Id, kind, version, title and summary are one line of UTF-8 each.") {
      bench in
      let facts = try bench.subject().descriptor()
      if let fault = facts.faults.first { throw Violation(fault.message) }
      for (name, text) in [("title", facts.title), ("summary", facts.summary)] {
        try require(!text.isEmpty, "the \(name) is empty")
        try require(!text.contains { $0.isNewline }, "the \(name) has more than one line")
      }
      return nil
    },
    RuleCheck("describe.id", .must, "Ids are reverse domains, and no two plugins of a module share one.") {
      bench in
      let ids = try bench.subject().ids
      for id in ids {
        try require(
          Grammar.isReverseDomain(id),
          "the id '\(id)' is not a reverse domain name such as org.example.exact-match")
      }
      try require(Set(ids).count == ids.count, "the ids are not unique: \(ids.joined(separator: ", "))")
      return nil
    },
    RuleCheck("describe.version", .must, "The version is a semantic one: 1.2.3.") { bench in
      let version = try bench.subject().descriptor().version
      try require(Grammar.isVersion(version), "the version is '\(version)'")
      return nil
    },
    RuleCheck("describe.kind", .must, "The plugin has the function table of its kind.") { bench in
      let subject = try bench.subject()
      try require(subject.kind != nil, "the kind '\(subject.kindText)' is unknown in ABI 1.0")
      try require(subject.hasTable(subject.kindText), "it has no table \(subject.kindText)")
      return nil
    },
    RuleCheck("describe.past-end", .must, "plugin_at gives NULL past the end.") { bench in
      let subject = try bench.subject()
      for index in [subject.pluginCount, subject.pluginCount + 1, 1000, .max] {
        try require(
          !subject.hasPlugin(at: index),
          "plugin_at(\(index)) returns a plugin, although there are only \(subject.pluginCount)")
      }
      return nil
    },
    RuleCheck("describe.unknown-tables", .must, "table() gives NULL for ids that it does not know.") {
      bench in
      let subject = try bench.subject()
      let known = subject.kindText
      for id in [
        "", "x", known + "x", known.dropLast() + "99", known.uppercased(), "org.example.unknown/1", "polya.",
      ] {
        try require(!subject.hasTable(id), "table(\"\(id)\") returns a table")
      }
      return nil
    },
    RuleCheck("describe.sizes", .must, "Structs and tables have at least their size of ABI 1.0.") { bench in
      let short = try bench.subject().shortStructs()
      try require(
        short.isEmpty, "too small: \(short.joined(separator: ", ")); set struct_size to the sizeof the struct"
      )
      return nil
    },
    RuleCheck("describe.functions", .must, "Every function that the kind and the features promise is there.")
    { bench in
      let instance = try bench.instance()
      guard instance.subject.hasTable(instance.subject.kindText) else {
        throw NotApplicable("it has no table")
      }
      let features = try instance.facts().features
      let missing = instance.subject.missingFunctions(features)
      try require(missing.isEmpty, "it lacks \(missing.joined(separator: ", "))")
      return nil
    },
    RuleCheck("describe.constant", .must, "Descriptors and describe() say the same at any time.") { bench in
      let instance = try bench.instance()
      let before = try instance.subject.descriptor()
      let first = try instance.describe()
      for function in try instance.functions() {
        _ = try instance.call(function, try bench.plain(function, instance, count: 4))
      }
      try require(try instance.subject.descriptor() == before, "the descriptor changed after some calls")
      for _ in 0..<3 {
        let again = try instance.describe()
        try require(
          again.fingerprint == first.fingerprint,
          "describe() first said \(first.fingerprint), and later \(again.fingerprint)")
      }
      return nil
    },
    RuleCheck(
      "describe.reserved", .should, "Fields named zero are zero, so that a later version may use them."
    ) {
      try require(try $0.subject().descriptor().reservedIsZero, "a reserved field of the module is not zero")
      return nil
    },
  ]
}

internal import PolyaCore

/// Rules about options: descriptors, edge values, and refusals.
enum OptionRules {
  static let all = [
    RuleCheck(
      "options.keys", .must, "Options have unique keys of the form [a-z][a-z0-9-]*, a known type and help."
    ) {
      bench in
      let options = try declared(bench)
      for option in options {
        try require(
          Grammar.isKey(option.key) && option.key.utf8.count <= 64,
          "the key '\(option.key)' does not have this form"
        )
        try require(option.isKnownType, "the option '\(option.key)' has the unknown type \(option.type)")
        try require(!option.help.isEmpty, "the option '\(option.key)' has no help")
      }
      let keys = options.map(\.key)
      try require(Set(keys).count == keys.count, "the keys are not unique: \(keys.joined(separator: ", "))")
      return nil
    },
    RuleCheck(
      "options.defaults", .must, "Defaults are legal values, bounds are not crossed, choices are not empty."
    ) {
      bench in
      for option in try declared(bench) {
        try require(!option.areBoundsCrossed, "the lower bound of '\(option.key)' is above the upper one")
        try require(
          option.type != 5 || (!option.choices.isEmpty && Set(option.choices).count == option.choices.count),
          "the choices of '\(option.key)' are empty or not unique")
        guard !option.defaultJSON.isEmpty else { continue }
        let json: JSON
        do { json = try JSONParser.parse(option.defaultJSON) } catch {
          throw Violation("the default of '\(option.key)' is not JSON: \(error)")
        }
        try require(
          option.value(json) != nil,
          "the default \(option.defaultJSON) of '\(option.key)' is not a valid value")
      }
      return nil
    },
    RuleCheck("options.edges", .must, "create() takes or refuses every bound and every choice, and survives.")
    {
      bench in
      let base = bench.options
      try bench.tryOut()
      for option in try declared(bench) {
        for edge in option.edges {
          var options = base
          options[option.key] = edge
          try create(bench, options, "\(option.key)=\(edge.compact)") { _ in }
        }
      }
      return nil
    },
    RuleCheck(
      "options.long-text", .must, "create() survives a text of 1 MiB and texts full of metacharacters."
    ) {
      try texts($0, [String(repeating: "x", count: 1 << 20), String(repeating: "%n", count: 10_000)]) {
        _, _ in
      }
    },
    RuleCheck(
      "options.refusal", .must, "A create() that fails leaves *out NULL and says why.", needs: [.refusal]
    ) { bench in
      try texts(bench, ["", "/nonexistent/\u{1}", "%n%s", "{"]) { refusal, what in
        try require(
          !refusal.leftInstance, "\(what): it failed with status \(refusal.status) but left an instance")
        try require(
          refusal.status != 0, "\(what): it returned OK but no instance")
        try require(
          refusal.reasons.contains { !$0.isEmpty },
          "\(what): it failed with status \(refusal.status) and gave no reason")
      }
    },
  ]

  private static func declared(_ bench: Bench) throws -> [OptionFacts] {
    let options = try bench.subject().options
    guard !options.isEmpty else { throw NotApplicable("it has no options") }
    return options
  }

  private static func create(
    _ bench: Bench, _ options: JSON.Members, _ what: String, _ refused: (Subject.Refusal) throws -> Void
  ) throws {
    let subject = try bench.subject()
    let values = try subject.values(options)
    if case .refused(let refusal) = try subject.create(values, CallSettings(seed: bench.seed)) {
      try require(
        (0...15).contains(refusal.status), "\(what): create() returns the unknown status \(refusal.status)")
      try refused(refusal)
    }
  }

  /// Calls create() with unusual texts for every option that takes a text.
  private static func texts(
    _ bench: Bench, _ wild: [String], _ refused: (Subject.Refusal, String) throws -> Void
  ) throws
    -> String?
  {
    let takers = try declared(bench).filter { [4, 6, 9, 10].contains($0.type) }
    guard !takers.isEmpty else { throw NotApplicable("it has no option that takes a text") }
    try bench.tryOut()
    for option in takers {
      for text in wild {
        var options = bench.options
        options[option.key] = option.isList ? .array([.string(text)]) : .string(text)
        let what = "\(option.key) with \(text.utf8.count) bytes"
        try create(bench, options, what) { try refused($0, what) }
      }
    }
    return nil
  }
}

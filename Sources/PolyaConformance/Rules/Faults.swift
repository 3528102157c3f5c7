/// Rules that are checked while results are read.
enum Faults {
  /// Calls every function with plain and broken texts, and fails with the first breach of this rule.
  static func refuse(_ rule: String, _ bench: Bench, _ roles: [Role]? = nil) throws -> String? {
    let instance = try bench.instance()
    let facts = try instance.facts()
    if let fault = facts.faults.first(where: { $0.rule == rule }) { throw Violation(fault.message) }
    let texts = HostileTexts.harmless
    for function in try instance.functions() where roles?.contains(function.role) ?? true {
      for inputs in [
        try bench.plain(function, instance), try bench.inputs(function, instance, texts),
        try bench.hostile(function, instance, texts),
      ] where !inputs.isEmpty {
        let result = try instance.call(function, inputs)
        if let fault = result.faults.first(where: { $0.rule == rule }) { throw Violation(fault.message) }
      }
    }
    if let roles, !roles.isEmpty, roles.allSatisfy(instance.subject.evidence.isLacking) {
      throw NotApplicable("it does not \(roles.map(\.rawValue).joined(separator: " or "))")
    }
    return nil
  }

  static func check(
    _ rule: String, _ level: ConformanceRule.Level, _ sentence: String, _ kind: PluginKind,
    _ roles: [Role]? = nil, needs: [Need] = []
  ) -> RuleCheck {
    RuleCheck(rule, level, sentence, kind, needs: needs) { bench in
      if let roles, !roles.isEmpty {
        let instance = try bench.instance()
        guard try instance.functions().contains(where: { roles.contains($0.role) }) else {
          throw NotApplicable("it has no function \(roles.map(\.rawValue).joined(separator: " or "))")
        }
      }
      return try refuse(rule, bench, roles)
    }
  }
}

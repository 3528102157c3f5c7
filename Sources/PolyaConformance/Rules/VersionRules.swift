/// Rules about hosts of other minor versions.
enum VersionRules {
  static let all = [
    RuleCheck("version.exact-host", .must, "Nothing behind the 1.0 structs of a 1.0 host is read.") { bench in
      _ = try bench.subject(HostSettings(isExact: true))
      try callAll(bench) { try require($0.status == 0, "\($1) failed with status \($0.status)") }
      return nil
    },
    RuleCheck(
      "version.newer-host", .must, "A host of a later minor version, with longer structs, is served as well."
    ) {
      bench in
      try bench.tryOut()
      do { _ = try bench.subject(HostSettings(isNewer: true)) } catch let violation as Violation {
        throw Violation("with a host of ABI 1.99: \(violation.message)")
      }
      do { _ = try bench.instance() } catch let reason as NotExercised {
        throw Violation("with a host of ABI 1.99, \(reason.why)")
      }
      try callAll(bench) { result, name in
        try require(
          result.status == 0,
          "\(name) failed with status \(result.status) for a host of ABI 1.99; "
            + "require only the sizes of 1.0, and allow larger ones")
      }
      return nil
    },
    RuleCheck("version.wide-rows", .must, "Rows are found by the stride, not by the size known here.") {
      bench in
      let instance = try bench.instance()
      for function in try bench.functions(instance) {
        let inputs = try bench.plain(function, instance)
        let wanted = try bench.stable(instance, function, inputs)
        for (input, output) in [(40, 0), (0, 24), (64, 64)] {
          var settings = CallSettings()
          (settings.widerInput, settings.widerOutput) = (input, output)
          let wide = try instance.call(function, inputs, settings)
          try require(
            wide.status == wanted.status && wide.statuses == wanted.statuses && wide.rows == wanted.rows,
            "\(function.role.rawValue) gives different results when rows are longer by \(input) and \(output) bytes"
          )
        }
      }
      return nil
    },
    RuleCheck(
      "version.canaries", .must, "Nothing is written behind the last output row, or behind a struct_size."
    ) {
      bench in
      let instance = try bench.instance()
      if let fault = try instance.describe().faults.first(where: { $0.rule == "version.canaries" }) {
        throw Violation(fault.message)
      }
      for function in try bench.functions(instance) {
        for count in [1, 3, 24] {
          let result = try instance.call(function, try bench.plain(function, instance, count: count))
          try require(
            !result.wroteBehind, "\(function.role.rawValue) writes beyond the last of \(count) rows")
        }
      }
      return nil
    },
    RuleCheck("version.no-services", .must, "A host without any service is told so, or served without.") {
      bench in
      _ = try bench.subject(HostSettings(hasServices: false))
      try callAll(bench) { _, _ in }
      return nil
    },
  ]

  private static func callAll(_ bench: Bench, _ check: (CallResult, String) throws -> Void) throws {
    let instance = try bench.instance()
    for function in try bench.functions(instance) {
      try check(try instance.call(function, try bench.plain(function, instance)), function.role.rawValue)
    }
  }
}

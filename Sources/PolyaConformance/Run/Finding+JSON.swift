package import PolyaCore

extension Finding {
  /// The line that a child process prints.
  package var json: JSON {
    [
      "rule": .string(rule), "outcome": .string(outcome.rawValue), "message": .string(message),
      "blocks": .bool(blocks), "fatal": .bool(isFatal),
    ]
  }

  static func plugins(in output: String) -> [(id: String, kind: String)] {
    output.split(separator: "\n").compactMap { line in
      let json: JSON
      do { json = try JSONParser.parse(String(line)) } catch { return nil }
      guard let id = json["id"]?.string, let kind = json["kind"]?.string else { return nil }
      return (id, kind)
    }
  }

  /// Reads what a child process printed, ignoring any output of the plugin; nil if there is no finding.
  init?(in output: String, rule: String) {
    for line in output.split(separator: "\n").reversed() {
      // The plugin may have written the beginning of the line.
      guard let start = line.firstRange(of: "{\"rule\":") else { continue }
      let json: JSON
      do { json = try JSONParser.parse(String(line[start.lowerBound...])) } catch { continue }
      guard json["rule"]?.string == rule,
        let outcome = json["outcome"]?.string.flatMap(Outcome.init(rawValue:)),
        let message = json["message"]?.string
      else { continue }
      self.init(rule: rule, outcome: outcome, message: message, blocks: json["blocks"]?.bool ?? false)
      isFatal = json["fatal"]?.bool ?? false
      return
    }
    return nil
  }
}

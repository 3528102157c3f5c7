internal import PolyaCore

/// The stages of a manifest, ordered so that each comes after those it needs.
struct StageGraph {
  /// The stage names, in manifest order as far as the needs allow.
  let order: [String]
  private let needs: [String: [String]]

  /// Creates the graph.
  ///
  /// - Throws: If stages depend on each other in a cycle; the error names them.
  init(_ manifest: Manifest) throws {
    let names = Set(manifest.stages.map(\.name))
    let pairs = manifest.stages.map { name, entry in
      (name, (entry.stage.needs.stages + entry.stage.needs.models).filter { names.contains($0) })
    }
    needs = Dictionary(pairs) { first, _ in first }
    var order: [String] = []
    var open: [String] = []
    let all = needs
    func visit(_ name: String) throws {
      guard !order.contains(name) else { return }
      if let start = open.firstIndex(of: name) {
        let circle = (open[start...] + [name]).joined(separator: " -> ")
        throw PolyaError(
          .configuration, "the stages depend on each other in a cycle: \(circle)", at: "stages.\(name)")
      }
      open.append(name)
      for need in all[name] ?? [] { try visit(need) }
      open.removeLast()
      order.append(name)
    }
    for (name, _) in manifest.stages { try visit(name) }
    self.order = order
  }

  /// Returns the direct dependencies of a stage.
  func needs(of name: String) -> [String] { needs[name] ?? [] }

  /// Returns the given stages and everything they depend on, in order.
  func closure(of targets: [String]) -> [String] {
    var wanted: Set<String> = []
    var open = targets
    while let name = open.popLast() {
      if wanted.insert(name).inserted { open += needs(of: name) }
    }
    return order.filter { wanted.contains($0) }
  }
}

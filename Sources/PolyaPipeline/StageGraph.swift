internal import PolyaCore

/// The stages of a manifest in an order in which each comes after those it needs.
struct StageGraph {
  /// Names, in the order of the manifest as far as the needs allow.
  let order: [String]
  private let needs: [String: [String]]

  /// - Throws: for a circle, naming its stages.
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
          .configuration, "the stages need each other in a circle: \(circle)", at: "stages.\(name)")
      }
      open.append(name)
      for need in all[name] ?? [] { try visit(need) }
      open.removeLast()
      order.append(name)
    }
    for (name, _) in manifest.stages { try visit(name) }
    self.order = order
  }

  /// The stages a stage needs, directly.
  func needs(of name: String) -> [String] { needs[name] ?? [] }

  /// The given stages and all that they need, in order.
  func closure(of targets: [String]) -> [String] {
    var wanted: Set<String> = []
    var open = targets
    while let name = open.popLast() {
      if wanted.insert(name).inserted { open += needs(of: name) }
    }
    return order.filter { wanted.contains($0) }
  }
}

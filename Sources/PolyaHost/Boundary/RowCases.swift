internal import PolyaCore

/// What becomes of a row that brought the plugin down or broke the contract: it is kept for a replay.
extension PluginInstance {
  /// So many rows that broke the contract are kept by one instance: a plugin that breaks it in every row would fill
  /// the disk. One that dies in every row is slowed down by its own restarts.
  private static let mostLies = 100

  /// What `body` reads of one row; what `otherwise` makes of a breach of the contract in it.
  func honest<T>(_ body: () throws -> T, otherwise: (String) -> T) -> T {
    do { return try body() } catch {
      let message = (error as? Misbehavior)?.message ?? "\(error)"
      return otherwise("breaks the contract: \(message)")
    }
  }

  /// Keeps a row that broke the contract, up to a number of rows.
  func keepLie(of function: PluginFunction, seed: UInt64, cause: String, _ item: () throws -> JSON) {
    lies += 1
    if lies == Self.mostLies + 1 {
      warn("'\(name)' breaks the contract in more than \(Self.mostLies) rows; further ones are not kept")
    }
    guard lies <= Self.mostLies else { return }
    keepCase(of: function, seed: seed, cause: cause, item)
  }

  /// Keeps a row, or a list of rows, for a replay. One that cannot be kept is told, and costs no other row.
  func keepCase(of function: PluginFunction, seed: UInt64, cause: String, _ item: () throws -> JSON) {
    do { try crashes?.save(try item(), of: self, function, seed: seed, cause: cause) } catch {
      warn("'\(name)' \(cause); the row cannot be kept for a replay: \(error)")
    }
  }
}

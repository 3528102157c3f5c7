internal import PolyaCore

/// Saves rows that crashed the plugin or broke the contract, for a replay.
extension PluginInstance {
  /// The number of rows that broke the contract that one instance saves. A plugin that does so in every row
  /// would otherwise fill the disk, whereas one that dies in every row is slowed down by its restarts.
  private static let mostLies = 100

  /// Reads one row with `body`; if the row breaks the contract, returns the result of `otherwise`.
  func honest<T>(_ body: () throws -> T, otherwise: (String) -> T) -> T {
    do { return try body() } catch {
      let message = (error as? Misbehavior)?.message ?? "\(error)"
      return otherwise("breaks the contract: \(message)")
    }
  }

  /// Saves a row that broke the contract, up to a number of rows.
  func keepLie(of function: PluginFunction, seed: UInt64, cause: String, _ item: () throws -> JSON) {
    lies += 1
    if lies == Self.mostLies + 1 {
      warn("'\(name)' breaks the contract in more than \(Self.mostLies) rows; further ones are not saved")
    }
    guard lies <= Self.mostLies else { return }
    keepCase(of: function, seed: seed, cause: cause, item)
  }

  /// Saves a row, or a list of rows, for a replay. A failure to do so is only a warning.
  func keepCase(of function: PluginFunction, seed: UInt64, cause: String, _ item: () throws -> JSON) {
    do { try crashes?.save(try item(), of: self, function, seed: seed, cause: cause) } catch {
      warn("'\(name)' \(cause); the row cannot be saved for a replay: \(error)")
    }
  }
}

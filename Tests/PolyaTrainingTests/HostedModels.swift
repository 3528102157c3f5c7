import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport

/// Models behind the plugin host.
enum HostedModels {
  private static func host(threads: Int) -> PluginHost {
    let products = Repository.products.path
    return PluginHost(
      PluginHost.Environment(installed: [products], worker: products + "/polya-worker", threads: threads),
      stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
  }

  /// The real engine in a small shape, always with the same random weights; every byte is a token.
  static func tiny(threads: Int = 1, isolation: Isolation = .host) throws -> any LanguageModel {
    try host(threads: threads).model(
      PluginReference(
        name: "tiny", use: "polya.transformer",
        options: [
          "shape": "custom", "hidden": 16, "layers": 2, "heads": 2, "key-value-heads": 1, "feed-forward": 20,
          "context": 32, "seed": 5,
        ], folder: "/", isolation: isolation))
  }

  /// A model from a file.
  static func file(_ path: String, _ isolation: Isolation) throws -> any LanguageModel {
    try host(threads: 1).model(PluginReference(name: "own", use: path, folder: "/", isolation: isolation))
  }
}

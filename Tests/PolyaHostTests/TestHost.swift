import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport

/// Hosts as tests need them.
enum TestHost {
  /// A host that sees the built plugins.
  static func make(
    searchPath: [String] = [], crashes: CrashFolder? = nil, stop: StopFlag = StopFlag(),
    log: LogSink = LogSink(verbose: false) { _, _ in }, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) -> PluginHost {
    let products = Repository.products.path
    return PluginHost(
      PluginHost.Environment(
        searchPath: searchPath, installed: [products], worker: products + "/polya-worker", threads: 1,
        crashes: crashes, warn: warn),
      stop: stop, log: log)
  }
}

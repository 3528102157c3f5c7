public import CPolya
internal import CodeReward
internal import PolyaKit

private let module = Module(
  name: "code-reward", version: "0.1.0", plugins: [CodeTestsReward.self, PythonToolStrategy.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

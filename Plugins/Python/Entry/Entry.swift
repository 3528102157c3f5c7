public import CPolya
internal import PolyaKit
internal import Python

private let module = Module(
  name: "python", version: "0.1.0", plugins: [PythonReward.self, PythonStrategy.self, PythonTasks.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

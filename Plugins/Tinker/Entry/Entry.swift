public import CPolya
internal import PolyaKit
internal import Tinker

private let module = Module(name: "tinker", version: "0.1.0", plugins: [TinkerPlugin.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

public import CPolya
internal import PolyaKit
internal import Server

private let module = Module(name: "server", version: "0.1.0", plugins: [ServerModel.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

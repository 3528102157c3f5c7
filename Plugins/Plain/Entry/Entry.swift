public import CPolya
internal import Plain
internal import PolyaKit

private let module = Module(name: "plain", version: "0.1.0", plugins: [PlainStrategy.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

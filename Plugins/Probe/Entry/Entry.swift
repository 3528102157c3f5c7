public import CPolya
internal import Probe
internal import PolyaKit

private let module = Module(
  name: "probe", version: "0.1.0", plugins: [ProbeReward.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

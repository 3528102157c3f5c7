public import CPolya
internal import FourPhase
internal import PolyaKit

private let module = Module(name: "four-phase", version: "0.1.0", plugins: [FourPhaseStrategy.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

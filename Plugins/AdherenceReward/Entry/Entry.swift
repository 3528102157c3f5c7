public import CPolya
internal import AdherenceReward
internal import PolyaKit

private let module = Module(
  name: "adherence-reward", version: "0.1.0",
  plugins: [LikelihoodAdherence.self, ExampleAdherence.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

public import CPolya
internal import MathReward
internal import PolyaKit

private let module = Module(
  name: "math-reward", version: "0.1.0", plugins: [MathAnswerReward.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

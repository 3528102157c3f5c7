public import CPolya
internal import ChoiceReward
internal import PolyaKit

private let module = Module(
  name: "choice-reward", version: "0.1.0", plugins: [ChoiceAnswerReward.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

public import CPolya
internal import JudgeReward
internal import PolyaKit

private let module = Module(
  name: "judge-reward", version: "0.1.0", plugins: [ModelJudge.self])

/// Where the host enters the shared object.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

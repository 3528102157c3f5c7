public import CPolya
internal import PolyaKit
internal import WordArithmetic

private let module = Module(name: "word-arithmetic", version: "0.1.0", plugins: [WordArithmeticPlugin.self])

/// The only exported symbol.
@c @implementation
public func polya_plugin_entry(_ host: UnsafePointer<PolyaHost>!) -> UnsafePointer<PolyaModule>! {
  module.entry
}

// swift-tools-version: 6.2
import PackageDescription

let sdk = "TEMPLATE_SDK"

/// The Swift runtime goes into the plugin and one symbol comes out of it: so it runs beside every host and every other
/// plugin, on machines without Swift too. What the plugin does not use is left out.
let selfContained = [
  "-static-stdlib", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "-s",
  "-Xlinker", "--version-script=\(sdk)/link/polya-plugin.map",
]

let package = Package(
  name: "template-name",
  products: [.library(name: "TemplateName", type: .dynamic, targets: ["TemplateName"])],
  dependencies: [.package(name: "polya-sdk", path: sdk)],
  targets: [
    .target(
      name: "TemplateName",
      dependencies: [
        .product(name: "PolyaKit", package: "polya-sdk"), .product(name: "CPolya", package: "polya-sdk"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)],
      linkerSettings: [.unsafeFlags(selfContained)])
  ]
)

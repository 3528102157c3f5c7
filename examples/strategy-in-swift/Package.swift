// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "look-back",
  products: [.library(name: "LookBack", type: .dynamic, targets: ["LookBack"])],
  dependencies: [.package(name: "polya-sdk", path: "../../SDK")],
  targets: [
    .target(
      name: "LookBack",
      dependencies: [
        .product(name: "PolyaKit", package: "polya-sdk"), .product(name: "CPolya", package: "polya-sdk"),
      ])
  ]
)

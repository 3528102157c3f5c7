// swift-tools-version: 6.2
import PackageDescription

// The SDK as a package of its own, so that a plugin needs this folder and nothing else of the repository.

let package = Package(
  name: "polya-sdk",
  products: [
    .library(name: "PolyaKit", targets: ["PolyaKit"]),
    .library(name: "CPolya", targets: ["CPolya"]),
  ],
  targets: [
    .systemLibrary(name: "CPolya", path: "include/polya"),
    .target(
      name: "PolyaKit", dependencies: ["CPolya"], path: "PolyaKit",
      swiftSettings: [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)

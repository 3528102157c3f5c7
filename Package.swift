// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The folders are the architecture: arrows point towards the contract (CPolya), features never import each other,
// plugins see only the SDK.

/// A plugin exports one symbol, so that no two plugins can catch each other's calls.
let exportOnlyEntry = ["-Xlinker", "--version-script=\(Context.packageDirectory)/SDK/link/polya-plugin.map"]

/// One folder of `Plugins/` is one shared object: its logic, which tests link, and its one-line entry.
func plugin(_ name: String, _ dependencies: [Target.Dependency] = [], embedding files: [String] = [])
  -> [Target]
{
  [
    .target(
      name: name, dependencies: ["PolyaKit"] + dependencies, path: "Plugins/\(name)/\(name)",
      resources: files.map { .embedInCode($0) }),
    .target(
      name: "\(name)Entry", dependencies: [.byName(name: name), "PolyaKit", "CPolya"],
      path: "Plugins/\(name)/Entry", linkerSettings: [.unsafeFlags(exportOnlyEntry)]),
  ]
}

/// A part of a plugin that is large enough for a module of its own; it ends up in the same shared object.
func room(
  _ name: String, of plugin: String, _ dependencies: [Target.Dependency] = [], embedding files: [String] = []
) -> Target {
  .target(
    name: plugin + name, dependencies: ["PolyaKit"] + dependencies, path: "Plugins/\(plugin)/\(name)",
    resources: files.map { .embedInCode($0) })
}

func sharedObject(_ name: String) -> Product {
  .library(name: name, type: .dynamic, targets: ["\(name)Entry"])
}

/// What tests read from the checkout, or was used to make that.
let dataOfTests = [
  "TransformerChatTemplateTests": ["Golden", "Fixtures"],
  "TransformerTokenizerTests": ["Golden", "Fixtures"],
  "TransformerEngineTests": ["Golden", "Fixtures"],
  "PolyaTrainingTests": ["Golden"], "PolyaEvaluationTests": ["Golden"],
  "CodeRewardTests": ["Cases"], "MathRewardTests": ["Cases"], "ChoiceRewardTests": ["Cases"],
]

func test(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["PolyaTestSupport"], path: "Tests/\(name)",
    exclude: dataOfTests[name] ?? [])
}

/// Calcium and Arb, which FLINT has contained since version 3.
let exactLibraries =
  FileManager.default.fileExists(atPath: "/usr/include/flint/ca.h")
  ? ["flint", "gmp"] : ["calcium", "flint-arb", "antic", "flint", "gmp"]

let package = Package(
  name: "polya",
  products: [
    .executable(name: "polya", targets: ["polya"]),
    .executable(name: "polya-worker", targets: ["polya-worker"]),
    .library(name: "PolyaKit", targets: ["PolyaKit"]),
    .library(name: "CPolya", targets: ["CPolya"]),
    sharedObject("Heuristics"), sharedObject("FourPhase"), sharedObject("Plain"),
    sharedObject("STaR"),
    sharedObject("MathReward"), sharedObject("ChoiceReward"), sharedObject("ShapeReward"),
    sharedObject("CodeReward"), sharedObject("AdherenceReward"), sharedObject("JudgeReward"),
    sharedObject("WordArithmetic"), sharedObject("Transformer"), sharedObject("Server"),
    sharedObject("Tinker"), sharedObject("Python"), sharedObject("Probe"),
  ],
  targets: [
    // The SDK
    .systemLibrary(name: "CPolya", path: "SDK/include/polya"),
    .target(name: "PolyaKit", dependencies: ["CPolya"], path: "SDK/PolyaKit"),

    // The host
    .target(name: "CSHA256", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "PolyaCore", dependencies: ["CSHA256"]),
    .target(name: "CPolyaProcess"),
    .target(name: "CRoofline"),
    .target(name: "PolyaContract", dependencies: ["PolyaCore"]),
    .target(name: "PolyaHost", dependencies: ["PolyaCore", "PolyaContract", "CPolya", "CPolyaProcess"]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "PolyaRecords", dependencies: ["PolyaCore", "CZstd"]),
    .target(name: "PolyaPipeline", dependencies: ["PolyaCore", "PolyaRecords", "PolyaDialogue"]),
    .target(name: "PolyaDialogue", dependencies: ["PolyaCore"]),
    .target(name: "PolyaBootstrap", dependencies: ["PolyaCore", "PolyaRecords", "PolyaPipeline"]),
    .target(
      name: "PolyaTraining", dependencies: ["PolyaCore", "PolyaRecords", "PolyaPipeline", "PolyaDialogue"]),
    .target(
      name: "PolyaEvaluation", dependencies: ["PolyaCore", "PolyaRecords", "PolyaPipeline", "PolyaDialogue"]),
    .target(name: "PolyaReport", dependencies: ["PolyaCore", "PolyaRecords", "PolyaPipeline"]),
    .target(name: "CPolyaHTTP", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "PolyaServe", dependencies: ["PolyaCore", "CPolyaHTTP"]),
    .target(name: "PolyaConformance", dependencies: ["PolyaCore", "PolyaContract", "CPolya"]),
    .target(
      name: "PolyaCommand",
      dependencies: [
        "PolyaCore", "PolyaHost", "PolyaRecords", "PolyaPipeline", "PolyaBootstrap", "PolyaTraining",
        "PolyaEvaluation", "PolyaReport", "PolyaConformance", "PolyaServe", "CRoofline",
      ], resources: ["journal", "wandb", "mlflow", "trackio"].map { .embedInCode("Export/\($0).py") }),
    .executableTarget(name: "polya", dependencies: ["PolyaCommand"]),
    .executableTarget(name: "polya-worker", dependencies: ["PolyaHost"]),
  ]

    // The plugins
    + plugin(
      "Heuristics",
      embedding: [
        "understanding", "relating", "ordering", "representing", "proving", "looking-back", "control",
      ].map { "Catalog/\($0).md" })
    + plugin("FourPhase") + plugin("Plain") + plugin("STaR")
    + plugin("MathReward", ["AnswerText", "CExactNumbers"])
    + plugin("ChoiceReward", ["AnswerText"]) + plugin("ShapeReward")
    + plugin("AdherenceReward")
    + plugin("JudgeReward")
    + plugin(
      "CodeReward", ["AnswerText"],
      embedding: [
        "answer", "bare", "blocks", "counting", "examples", "filter", "forms", "languages", "native",
        "remote",
        "sandbox", "separate", "standin", "starter", "supervisor", "tests", "values",
      ].map { "Supervisor/\($0).py" })
    + plugin("WordArithmetic") + plugin("Probe")
    + plugin(
      "Python", ["CPythonProcess"],
      embedding: ["bridge", "loading", "models", "reward", "wire"].map { "Bridge/\($0).py" })
    + plugin(
      "Transformer",
      [
        "TransformerEngine", "TransformerTexts", "TransformerTokenizer", "TransformerChatTemplate",
        "TransformerFiles",
      ])
    + plugin(
      "Server",
      [
        "NetworkHTTP", "NetworkService", "TransformerTexts", "TransformerTokenizer", "TransformerFiles",
      ])
    + plugin(
      "Tinker",
      [
        "NetworkHTTP", "NetworkService", "TransformerTexts", "TransformerTokenizer", "TransformerFiles",
      ])
    + [
      // What the rewards that look for an answer in prose share.
      .target(name: "AnswerText", path: "Plugins/AnswerText"),
      .target(
        name: "CTransformerKernels", path: "Plugins/Transformer/CTransformerKernels",
        cSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]
      ),
      room("Files", of: "Transformer"),
      room(
        "ChatTemplate", of: "Transformer", ["TransformerFiles"],
        embedding: ["chatml", "llama3", "qwen2.5", "qwen3", "phi-3", "gemma"].map {
          "Templates/\($0).jinja"
        }),
      room("Tokenizer", of: "Transformer", ["TransformerFiles"]),
      room(
        "Texts", of: "Transformer", ["TransformerChatTemplate", "TransformerTokenizer", "TransformerFiles"]),
      room(
        "Engine", of: "Transformer",
        [
          "CTransformerKernels", "TransformerTexts", "TransformerChatTemplate", "TransformerTokenizer",
          "TransformerFiles",
        ]),
      // For plugins that talk to servers.
      .systemLibrary(
        name: "CCurl", path: "Plugins/Network/CCurl", pkgConfig: "libcurl",
        providers: [.apt(["libcurl4-openssl-dev"])]),
      .target(name: "NetworkHTTP", dependencies: ["CCurl"], path: "Plugins/Network/HTTP"),
      .target(
        name: "NetworkService", dependencies: ["NetworkHTTP", "PolyaKit"], path: "Plugins/Network/Service"),
      .target(name: "CPythonProcess", path: "Plugins/Python/CPythonProcess"),
      .target(
        name: "CExactNumbers", path: "Plugins/MathReward/CExactNumbers",
        linkerSettings: exactLibraries.map { .linkedLibrary($0) }),
      .target(name: "PolyaTestSupport", path: "Tests/PolyaTestSupport"),
      test("PolyaCoreTests", ["PolyaCore"]),
      test("PolyaRecordsTests", ["PolyaCore", "PolyaRecords"]),
      test("PolyaHostTests", ["PolyaCore", "PolyaContract", "PolyaHost", "CPolya"]),
      test("PolyaPipelineTests", ["PolyaCore", "PolyaRecords", "PolyaPipeline"]),
      test("PolyaBootstrapTests", ["PolyaCore", "PolyaRecords", "PolyaBootstrap"]),
      test(
        "PolyaTrainingTests",
        ["PolyaCore", "PolyaRecords", "PolyaPipeline", "PolyaHost", "PolyaDialogue", "PolyaTraining"]),
      test("PolyaDialogueTests", ["PolyaCore", "PolyaDialogue"]),
      test("PolyaDocumentTests", ["PolyaCore"]),
      test(
        "PolyaEvaluationTests",
        ["PolyaCore", "PolyaRecords", "PolyaPipeline", "PolyaEvaluation", "PolyaDialogue"]),
      test("PolyaReportTests", ["PolyaCore", "PolyaRecords", "PolyaPipeline", "PolyaReport"]),
      test("MathRewardTests", ["MathReward", "PolyaKit"]),
      test("ChoiceRewardTests", ["ChoiceReward", "PolyaKit"]),
      test("CodeRewardTests", ["CodeReward", "PolyaKit"]),
      test("ShapeRewardTests", ["ShapeReward", "PolyaKit"]),
      test("AdherenceRewardTests", ["AdherenceReward", "PolyaKit"]),
      test("JudgeRewardTests", ["JudgeReward", "PolyaKit"]),
      test("HeuristicsTests", ["Heuristics", "PolyaKit"]),
      test("FourPhaseTests", ["FourPhase", "PolyaKit"]),
      test("PlainTests", ["Plain", "PolyaKit"]),
      test("STaRTests", ["STaR", "PolyaKit"]),
      test("WordArithmeticTests", ["WordArithmetic", "PolyaKit"]),
      test("TransformerChatTemplateTests", ["TransformerChatTemplate", "TransformerFiles", "PolyaKit"]),
      test("TransformerTokenizerTests", ["TransformerTokenizer", "TransformerFiles", "PolyaKit"]),
      test(
        "TransformerEngineTests",
        [
          "TransformerEngine", "TransformerTexts", "TransformerTokenizer", "TransformerChatTemplate",
          "TransformerFiles", "CTransformerKernels", "PolyaKit",
        ]),
      test(
        "TransformerTests",
        ["Transformer", "TransformerEngine", "TransformerTokenizer", "TransformerFiles", "PolyaKit"]),
      test("NetworkHTTPTests", ["NetworkHTTP"]),
      test("NetworkServiceTests", ["NetworkHTTP", "NetworkService"]),
      test(
        "ServerTests",
        [
          "Server", "NetworkHTTP", "NetworkService", "TransformerTexts", "TransformerTokenizer",
          "TransformerFiles", "PolyaKit",
        ]),
      test("TinkerTests", ["Tinker", "TransformerTokenizer", "PolyaKit"]),
      test("PolyaServeTests", ["PolyaCore", "PolyaServe"]),
      test("PolyaCommandTests", ["PolyaCommand", "PolyaCore", "PolyaPipeline"]),
      test("PolyaConformanceTests", []),
      test("PythonTests", ["PolyaCore", "PolyaHost"]),
      test("PolyaEndToEndTests", []),
      test("PolyaAttackTests", ["PolyaCore", "PolyaHost"]),
    ]
)

/// Targets in C; every other one is held to the strict settings.
let inC: Set = [
  "CSHA256", "CPolyaProcess", "CPolyaHTTP", "CRoofline", "CPythonProcess", "CTransformerKernels",
  "CExactNumbers",
]

for target in package.targets
where [.regular, .executable, .test].contains(target.type) && !inC.contains(target.name) {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}

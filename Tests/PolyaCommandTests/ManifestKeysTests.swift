import Foundation
import PolyaCore
import PolyaPipeline
import PolyaTestSupport
import Testing

@testable import PolyaCommand

/// What is declared of the manifest's keys is what is read, and what the manual says.
struct ManifestKeysTests {
  /// A value that the key may have.
  private static func value(of setting: SettingDeclaration) -> JSON {
    if setting.key == "similarity" { return 0.5 }
    return value(of: setting.form)
  }

  private static func value(of form: SettingDeclaration.Form) -> JSON {
    switch form {
    case .bool: .bool(true)
    case .integer(let range): JSON(max(2, range.lowerBound))
    case .real(let range): JSON(range.contains(0.5) ? 0.5 : range.lowerBound)
    case .string: "text"
    case .strings: ["text"]
    case .integers: [1]
    case .choice(let values): .string(values[0])
    case .object(let settings): object(settings)
    case .objects(let settings): [object(settings), other(settings)]
    case .map(let form): ["a": value(of: form)]
    case .variant(let variants): variants.last.map(value) ?? .null
    case .variants(let variants): .array(variants.map(value))
    case .json: .null
    }
  }

  /// A form with every setting that it has.
  private static func value(of variant: SettingDeclaration.Variant) -> JSON {
    var members: JSON.Members = ["kind": .string(variant.name)]
    for setting in variant.settings { members[setting.key] = value(of: setting) }
    return .object(members)
  }

  @Test func everySettingOfAFormIsRead() throws {
    var seen = 0
    for kind in StageKinds.all {
      for setting in kind.settings.map(\.declaration) {
        guard case .variant(let variants) = setting.form else { continue }
        for variant in variants {
          guard case .object(var members) = Self.settings(kind, leaving: Self.left[kind.kind] ?? []) else {
            continue
          }
          members[setting.key] = Self.value(of: variant)
          let reader = try ObjectReader(.object(members), at: kind.kind)
          _ = try kind.init(reader)
          try reader.finish()
          seen += 1
        }
      }
    }
    #expect(seen > 20)
  }

  /// Like `object`, with another text in each key that may have any.
  private static func other(_ settings: [SettingDeclaration]) -> JSON {
    .object(
      JSON.Members(
        settings.map { setting in
          if case .string = setting.form { return (setting.key, "other") }
          return (setting.key, value(of: setting))
        }))
  }

  private static func object(_ settings: [SettingDeclaration]) -> JSON {
    .object(JSON.Members(settings.map { ($0.key, value(of: $0)) }))
  }

  /// Every declared key of a kind, except `leaving`.
  private static func settings(_ kind: any Stage.Type, leaving: Set<String>) -> JSON {
    object(kind.settings.map(\.declaration).filter { !leaving.contains($0.key) })
  }

  /// Keys that conflict, or whose value must be that of another key.
  private static let left: [String: Set<String>] = [
    "select": ["budget", "similarity"], "evaluate": ["compare", "arms"],
    "reinforce": ["sampler"],
  ]

  @Test func everyKeyThatIsDeclaredIsRead() throws {
    for kind in StageKinds.all {
      let leaving = Self.left[kind.kind] ?? []
      let reader = try ObjectReader(Self.settings(kind, leaving: leaving), at: kind.kind)
      _ = try kind.init(reader)
      try reader.finish()
    }
  }

  @Test func everyKeyThatIsReadIsDeclared() throws {
    for kind in StageKinds.all {
      let declared = Set(kind.settings.map(\.declaration.key))
      let reader = try ObjectReader(
        Self.settings(kind, leaving: Self.left[kind.kind] ?? []), at: kind.kind)
      _ = try kind.init(reader)
      #expect(Set(reader.known) == declared, "\(kind.kind)")
    }
  }

  @Test func everyKeyHasASentence() {
    for section in ManifestSection.all {
      for setting in section.settings {
        #expect(setting.help.hasSuffix("."), "\(section.name).\(setting.key)")
        #expect(setting.help.first?.isUppercase == true, "\(section.name).\(setting.key)")
      }
    }
  }

  /// Names that the manifest had before are refused with those that it has now.
  @Test(arguments: [
    ("reinforce", "questions", "prompts-per-step"), ("reinforce", "group", "group-size"),
    ("reinforce", "updates", "updates-per-rollout"), ("reinforce", "kl", "kl-coefficient"),
    ("reinforce", "reference", "reference-model"),
    ("reinforce", "tokens-per-pass", "max-tokens-per-microbatch"),
    ("train", "tokens-per-pass", "max-tokens-per-microbatch"), ("train", "batch", "batch-size"),
    ("bootstrap", "enough", "stop-after-correct"), ("select", "take", "outcome"),
    ("measure", "take", "outcome"),
  ])
  func oldKeysAreRefusedWithTheNewOnes(kind: String, old: String, new: String) throws {
    let type = try #require(StageKinds.all.first { $0.kind == kind })
    guard case .object(var members) = Self.settings(type, leaving: Self.left[kind] ?? []) else { return }
    members[new] = nil
    members[old] = 1
    let reader = try ObjectReader(.object(members), at: "stages.x")
    let error = #expect(throws: PolyaError.self) {
      _ = try type.init(reader)
      try reader.finish()
    }
    #expect(error?.description == "stages.x: unknown key '\(old)'; it is now called '\(new)'")
  }

  /// The tables of the manual are what `polya explain NAME --markdown` prints.
  @Test func theManualHasEveryTable() throws {
    let manual = try String(
      contentsOf: Repository.root.appending(path: "SDK/docs/manifest.md"), encoding: .utf8)
    for section in ManifestSection.all {
      let isThere = manual.contains("\n" + section.markdown + "\n")
      #expect(isThere, "polya explain \(section.name) --markdown:\n\(section.markdown)")
    }
  }
}

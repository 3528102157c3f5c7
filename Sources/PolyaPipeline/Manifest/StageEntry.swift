package import PolyaCore

/// An entry of `stages`.
package struct StageEntry: Sendable {
  /// The kind of the stage, as in the manifest.
  package var kind: String
  /// The settings as written, which become part of the stage's key.
  package var settings: JSON
  /// A number that tells repetitions of a stage apart.
  package var seed: UInt64
  /// The stage with its settings.
  package var stage: any Stage

  private enum Key {
    static let kind = Setting.string("kind", "The kind of the stage.")
    static let seed = Setting.integer("seed", "Tells repetitions of a stage apart.").standard(0)
  }

  /// The keys that every stage has.
  package static let settings: [any DeclaredSetting] = [Key.kind, Key.seed]

  init(_ reader: ObjectReader, kinds: [any Stage.Type]) throws {
    kind = try reader.read(Key.kind)
    guard let type = kinds.first(where: { [kind] in $0.kind == kind }) else {
      throw PolyaError(
        .configuration, "there is no kind of stage '\(kind)'", at: reader.path,
        hint: Suggestion.hint(for: kind, among: kinds.map { $0.kind }.sorted()))
    }
    seed = UInt64(try reader.read(Key.seed))
    stage = try type.init(reader)
    settings = .object(reader.members)
  }
}

public import PolyaCore

/// An entry of `stages`.
public struct StageEntry: Sendable {
  /// What `kind` says.
  public var kind: String
  /// The settings as written, for the stage's key.
  public var settings: JSON
  /// Distinguishes repetitions of one stage.
  public var seed: UInt64
  /// The typed stage.
  public var stage: any Stage

  private enum Key {
    static let kind = Setting.string("kind", "The kind of the stage.")
    static let seed = Setting.integer("seed", "Tells repetitions of a stage apart.").standard(0)
  }

  /// The keys of every stage.
  public static let settings: [any DeclaredSetting] = [Key.kind, Key.seed]

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

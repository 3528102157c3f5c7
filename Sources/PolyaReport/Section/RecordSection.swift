internal import PolyaPipeline

/// A section of the report that is made from what finished stages hold, and from nothing else.
///
/// A new one is a file with its type, and a line in ``RecordSections``.
protocol RecordSection: Sendable {
  /// What a finished stage holds for it; nil: nothing. Asked once for each finished stage.
  ///
  /// - Throws: `corrupt` when the stage's files cannot be read.
  init?(_ stage: FinishedStage) throws
  /// The section for all stages that hold something, in their order.
  static func html(_ parts: [Self]) -> HTML
}

/// The sections of the report that are made from finished stages, in the order of the page.
enum RecordSections {
  static let all: [any RecordSection.Type] = [MeasureSection.self]

  /// What a finished stage holds for all of them.
  static func parts(of stage: FinishedStage) throws -> [any RecordSection] {
    try all.compactMap { try $0.init(stage) }
  }

  static func html(_ parts: [any RecordSection]) -> HTML {
    func section<Section: RecordSection>(_ type: Section.Type) -> HTML {
      Section.html(parts.compactMap { $0 as? Section })
    }
    return "\(all.map { section($0) })"
  }
}

internal import PolyaPipeline

/// A section of the report that is made only from the files of finished stages.
///
/// To add one, add a file with its type and a line in ``RecordSections``.
protocol RecordSection: Sendable {
  /// Reads the part of a finished stage, or returns nil if the stage has none. Called once per finished
  /// stage.
  ///
  /// - Throws: `corrupt` if the stage's files cannot be read.
  init?(_ stage: FinishedStage) throws
  /// The heading of the section.
  static var title: String { get }
  /// Returns the section for the parts of all stages, in stage order.
  static func html(_ parts: [Self]) -> HTML
}

/// The sections made from finished stages, in page order.
enum RecordSections {
  static let all: [any RecordSection.Type] = [
    MeasureSection.self, BeforeAfterSection.self, RolloutSection.self,
  ]

  /// Returns the parts of a finished stage for all sections.
  static func parts(of stage: FinishedStage) throws -> [any RecordSection] {
    try all.compactMap { try $0.init(stage) }
  }

  static func html(_ parts: [any RecordSection]) -> [(title: String, html: HTML)] {
    func section<Section: RecordSection>(_ type: Section.Type) -> (String, HTML) {
      (Section.title, Section.html(parts.compactMap { $0 as? Section }))
    }
    return all.map { section($0) }
  }
}

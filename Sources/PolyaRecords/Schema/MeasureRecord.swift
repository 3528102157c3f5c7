package import PolyaCore

/// What the answers of one arm show. Part of ``ResultsRecord``.
package struct MeasureRecord: Sendable, Equatable {
  /// The stage, and the model where it has several.
  package var arm: String
  /// Answers that were measured, and those with any label.
  package var answers, labeled: Int
  /// Different heuristics of an answer, on average.
  package var heuristics: Double
  /// The share of answers with more than one heuristic, 0...1, and the ends of its 95% interval (Wilson).
  package var composed, low, high: Double
  /// Words of an answer, on average.
  package var words: Double
  /// Effective number of different answers to a question; nil where no question has two.
  package var vendi: Double?
  /// Different pairs of words over all pairs, 0...1; nil where no question has two answers.
  package var distinct: Double?
  /// Likeness of an answer to the others of its question, 0...1; nil where no question has two.
  package var selfBLEU: Double?
  /// As ``vendi``, by a model's embeddings; nil where none was asked.
  package var vendiByModel: Double?

  /// A row.
  package init(
    arm: String, answers: Int, labeled: Int, heuristics: Double, composed: Double, low: Double,
    high: Double, words: Double, vendi: Double?, vendiByModel: Double? = nil, distinct: Double?,
    selfBLEU: Double?
  ) {
    self.arm = arm
    self.answers = answers
    self.labeled = labeled
    self.heuristics = heuristics
    self.composed = composed
    self.low = low
    self.high = high
    self.words = words
    self.vendi = vendi
    self.distinct = distinct
    self.selfBLEU = selfBLEU
    self.vendiByModel = vendiByModel
  }

  /// The stored form; what is nil is left out.
  package var json: JSON {
    var members: JSON.Members = [
      "arm": .string(arm), "answers": JSON(answers), "labeled": JSON(labeled),
      "heuristics": JSON(heuristics), "composed": JSON(composed), "low": JSON(low), "high": JSON(high),
      "words": JSON(words),
    ]
    members["vendi"] = vendi.map { JSON($0) }
    members["distinct_2"] = distinct.map { JSON($0) }
    members["self_bleu"] = selfBLEU.map { JSON($0) }
    members["vendi_embeddings"] = vendiByModel.map { JSON($0) }
    return .object(members)
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "measure")
    self.init(
      arm: try fields.string("arm"), answers: try fields.integer("answers"),
      labeled: try fields.integer("labeled"), heuristics: try fields.real("heuristics"),
      composed: try fields.real("composed"), low: try fields.real("low"), high: try fields.real("high"),
      words: try fields.real("words"), vendi: fields.optionalReal("vendi"),
      vendiByModel: fields.optionalReal("vendi_embeddings"), distinct: fields.optionalReal("distinct_2"),
      selfBLEU: fields.optionalReal("self_bleu"))
  }
}

package import PolyaCore

/// Measures of the answers of one arm. Part of ``ResultsRecord``.
package struct MeasureRecord: Sendable, Equatable {
  /// The stage, with the model if the stage has several.
  package var arm: String
  /// The number of answers measured, and of those with at least one label.
  package var answers, labeled: Int
  /// The mean number of different heuristics per answer.
  package var heuristics: Double
  /// The share of answers with more than one heuristic, 0...1, and the ends of its 95% Wilson interval.
  package var composed, low, high: Double
  /// The mean number of words per answer.
  package var words: Double
  /// The effective number of different answers per question (Vendi score); nil if no question has two
  /// answers.
  package var vendi: Double?
  /// The share of word pairs that are distinct, 0...1; nil if no question has two answers.
  package var distinct: Double?
  /// The similarity of an answer to the others of its question (self-BLEU), 0...1; nil if no question has two
  /// answers.
  package var selfBLEU: Double?
  /// The Vendi score computed from a model's embeddings; nil if no model is given.
  package var vendiByModel: Double?

  /// Creates a row.
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

  /// The stored form, without the values that are nil.
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

  /// Reads the stored form; throws `corrupt` if it is invalid.
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

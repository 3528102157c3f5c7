extension Report {
  /// What the answers of one arm show.
  public struct Measure: Sendable {
    /// The stage, and the model where it has several.
    public var arm: String
    /// Answers that were measured, and those with any label.
    public var answers, labelled: Int
    /// Different heuristics of an answer, in the mean.
    public var heuristics: Double
    /// The share of answers with more than one, and its interval.
    public var composed, low, high: Double
    /// Words of an answer, in the mean.
    public var words: Double
    /// Effective number of different answers to a question; nil where no question has two.
    public var vendi: Double?
    /// The same by a model's embeddings; nil where none was asked.
    public var vendiByModel: Double?
    /// Different pairs of words over all; likeness of an answer to the others.
    public var distinct, selfBLEU: Double?

    /// A row.
    public init(
      arm: String, answers: Int, labelled: Int, heuristics: Double, composed: Double, low: Double,
      high: Double,
      words: Double, vendi: Double?, vendiByModel: Double? = nil, distinct: Double?, selfBLEU: Double?
    ) {
      self.arm = arm
      self.answers = answers
      self.labelled = labelled
      self.heuristics = heuristics
      self.composed = composed
      self.low = low
      self.high = high
      self.words = words
      self.vendi = vendi
      self.vendiByModel = vendiByModel
      self.distinct = distinct
      self.selfBLEU = selfBLEU
    }
  }

  /// Which questions are solved by which heuristics.
  public struct Coverage: Sendable {
    /// The stage of kind bootstrap.
    public var stage: String
    /// Columns.
    public var heuristics: [String]
    /// The first questions: right answers and attempts of each heuristic.
    public var rows: [Row]
    /// Of all questions.
    public var questions: Int
    /// How many questions have exactly so many heuristics with a right answer, from 0 on.
    public var histogram: [Int]

    /// One question.
    public struct Row: Sendable {
      /// What was asked.
      public var question: String
      /// Parallel to the heuristics.
      public var right, attempted: [Int]

      /// A row.
      public init(question: String, right: [Int], attempted: [Int]) {
        self.question = question
        self.right = right
        self.attempted = attempted
      }
    }

    /// A matrix.
    public init(stage: String, heuristics: [String], rows: [Row], questions: Int, histogram: [Int]) {
      self.stage = stage
      self.heuristics = heuristics
      self.rows = rows
      self.questions = questions
      self.histogram = histogram
    }
  }
}

extension Report {
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

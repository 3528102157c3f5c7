extension Report {
  /// Which heuristics solve which questions.
  package struct Coverage: Sendable {
    /// The name of the bootstrap stage.
    package var stage: String
    /// The ids of the heuristics.
    package var heuristics: [String]
    /// The first questions, with the right answers and attempts of each heuristic.
    package var rows: [Row]
    /// The number of all questions.
    package var questions: Int
    /// The number of questions for which exactly n heuristics have a right answer, indexed by n.
    package var histogram: [Int]

    /// One question.
    package struct Row: Sendable {
      /// The bare question.
      package var question: String
      /// The counts of right answers and attempts, in the order of the heuristics.
      package var right, attempted: [Int]

      /// Creates a row.
      package init(question: String, right: [Int], attempted: [Int]) {
        self.question = question
        self.right = right
        self.attempted = attempted
      }
    }

    /// Creates a coverage.
    package init(stage: String, heuristics: [String], rows: [Row], questions: Int, histogram: [Int]) {
      self.stage = stage
      self.heuristics = heuristics
      self.rows = rows
      self.questions = questions
      self.histogram = histogram
    }
  }
}

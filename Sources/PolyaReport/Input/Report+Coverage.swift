extension Report {
  /// Which questions are solved by which heuristics.
  package struct Coverage: Sendable {
    /// The stage of kind bootstrap.
    package var stage: String
    /// Columns.
    package var heuristics: [String]
    /// The first questions: right answers and attempts of each heuristic.
    package var rows: [Row]
    /// Of all questions.
    package var questions: Int
    /// How many questions have exactly so many heuristics with a right answer, from 0 on.
    package var histogram: [Int]

    /// One question.
    package struct Row: Sendable {
      /// What was asked.
      package var question: String
      /// Parallel to the heuristics.
      package var right, attempted: [Int]

      /// A row.
      package init(question: String, right: [Int], attempted: [Int]) {
        self.question = question
        self.right = right
        self.attempted = attempted
      }
    }

    /// A matrix.
    package init(stage: String, heuristics: [String], rows: [Row], questions: Int, histogram: [Int]) {
      self.stage = stage
      self.heuristics = heuristics
      self.rows = rows
      self.questions = questions
      self.histogram = histogram
    }
  }
}

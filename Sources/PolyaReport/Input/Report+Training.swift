extension Report {
  /// A value recorded step by step while a stage trained.
  public struct Series: Sendable {
    /// The metric, such as `loss` or `reward/mean`; series of one name share a plot.
    public var name: String
    /// The stage that recorded it.
    public var stage: String
    /// The points in the order of their steps; values that are not finite leave a gap.
    public var points: [Point]

    /// Describes a series.
    public init(name: String, stage: String, points: [Point]) {
      self.name = name
      self.stage = stage
      self.points = points
    }

    /// One recorded value.
    public struct Point: Sendable {
      /// The step of training.
      public var step: Int
      /// The value after it.
      public var value: Double

      /// Describes a point.
      public init(step: Int, value: Double) {
        self.step = step
        self.value = value
      }
    }
  }

  /// What became of the candidates of one heuristic.
  public struct Yield: Sendable {
    /// The heuristic.
    public var heuristic: String
    /// Candidates asked for.
    public var attempted: Int
    /// Candidates whose answer is right.
    public var verified: Int
    /// Candidates of which no reward would say anything.
    public var abstained: Int
    /// Candidates lost to a failure: timeout, crash, refusal.
    public var failed: Int
    /// Verified candidates selected for training.
    public var kept: Int
    /// Mean length of a candidate in tokens; nil where it was not measured.
    public var meanTokens: Double?

    /// Describes the yield of a heuristic.
    public init(
      heuristic: String, attempted: Int, verified: Int, abstained: Int, failed: Int, kept: Int,
      meanTokens: Double?
    ) {
      self.heuristic = heuristic
      self.attempted = attempted
      self.verified = verified
      self.abstained = abstained
      self.failed = failed
      self.kept = kept
      self.meanTokens = meanTokens
    }
  }

  /// A candidate worth reading.
  public struct Sample: Sendable {
    /// The question it answers.
    public var question: String
    /// The heuristic it was asked to follow.
    public var heuristic: String
    /// What the model wrote.
    public var text: String
    /// What became of it.
    public var verdict: Verdict
    /// Score of the reward; nil where there is none.
    public var score: Double?
    /// The answer found in the text; nil where none was found.
    public var extracted: String?
    /// The right answer.
    public var reference: String

    /// Describes a candidate.
    public init(
      question: String, heuristic: String, text: String, verdict: Verdict, score: Double?,
      extracted: String?, reference: String
    ) {
      self.question = question
      self.heuristic = heuristic
      self.text = text
      self.verdict = verdict
      self.score = score
      self.extracted = extracted
      self.reference = reference
    }

    /// What a reward said of a candidate; saying nothing is not the same as wrong.
    public enum Verdict: String, Sendable, CaseIterable {
      /// Its answer is right.
      case right
      /// Its answer is wrong.
      case wrong
      /// No reward would say.
      case abstained
      /// It could not be judged: timeout, crash.
      case failed
    }
  }
}

extension Report {
  /// What is known of a set of tasks beyond its name.
  public struct TaskSet: Sendable {
    /// The name that scores refer to.
    public var name: String
    /// Its relation to the training tasks.
    public var distribution: Distribution
    /// A few words for readers, such as the source; may be empty.
    public var note: String

    /// Describes a task set.
    public init(name: String, distribution: Distribution, note: String = "") {
      self.name = name
      self.distribution = distribution
      self.note = note
    }

    /// How test tasks relate to training tasks.
    public enum Distribution: String, Sendable {
      /// Drawn like the training tasks, but not among them.
      case inside = "in distribution"
      /// Drawn from elsewhere.
      case outside = "out of distribution"
    }
  }

  /// One metric of one model on one task set.
  public struct Score: Sendable {
    /// The model, which is the arm of the experiment.
    public var model: String
    /// The task set.
    public var tasks: String
    /// `pass@K`, a share in 0...1 drawn as a curve over K, or any other name, printed as it is.
    public var metric: String
    /// The estimate.
    public var value: Double
    /// Lower end of its 95% interval.
    public var low: Double
    /// Upper end of its 95% interval.
    public var high: Double
    /// Questions that have a value.
    public var questions: Int
    /// Samples drawn per question.
    public var samples: Int

    /// Describes a score.
    public init(
      model: String, tasks: String, metric: String, value: Double, low: Double, high: Double,
      questions: Int, samples: Int
    ) {
      self.model = model
      self.tasks = tasks
      self.metric = metric
      self.value = value
      self.low = low
      self.high = high
      self.questions = questions
      self.samples = samples
    }

    /// The K of `pass@K`; nil for every other metric.
    var k: Int? {
      guard metric.hasPrefix("pass@"), let k = Int(metric.dropFirst(5)), k >= 1 else { return nil }
      return k
    }
  }

  /// A paired difference between two models on the same questions.
  public struct Comparison: Sendable {
    /// The model whose values are positive in the difference.
    public var first: String
    /// The model that is subtracted.
    public var second: String
    /// The task set.
    public var tasks: String
    /// The metric, as in `Score`.
    public var metric: String
    /// Mean of first minus second.
    public var difference: Double
    /// Lower end of its 95% interval.
    public var low: Double
    /// Upper end of its 95% interval.
    public var high: Double
    /// Two-sided p value.
    public var probability: Double
    /// Questions that both models have.
    public var questions: Int

    /// Describes a comparison.
    public init(
      first: String, second: String, tasks: String, metric: String, difference: Double, low: Double,
      high: Double, probability: Double, questions: Int
    ) {
      self.first = first
      self.second = second
      self.tasks = tasks
      self.metric = metric
      self.difference = difference
      self.low = low
      self.high = high
      self.probability = probability
      self.questions = questions
    }
  }
}

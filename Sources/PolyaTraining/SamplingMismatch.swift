internal import PolyaCore

/// The differences between the log-probs that the sampler and the trainer compute for the same tokens.
///
/// They should be rounding errors. The rounding of each layer adds to the residual stream, so that an error of a logit is
/// about `u * sqrt(2 * layers) * |logit|`, with u the unit roundoff of the data type and two additions per layer. A
/// log-prob is a difference of logits divided by the temperature. For SmolLM2-135M (30 layers, float32, logits of about
/// 20) this gives 9e-6 at temperature 1; the mean of 30,000 tokens was 5e-6. The limits are an order of magnitude
/// above that. A wrong temperature, stale weights, or a shifted position move the mean by orders of magnitude more.
struct SamplingMismatch {
  private var differences: [Float] = []

  /// Adds the difference of one token's log-probs.
  mutating func add(_ difference: Double) { differences.append(Float(difference.magnitude)) }

  /// The largest difference, 0 without tokens.
  var largest: Double { Double(differences.max() ?? 0) }

  /// The mean difference, 0 without tokens.
  var mean: Double {
    differences.isEmpty ? 0 : differences.reduce(0.0) { $0 + Double($1) } / Double(differences.count)
  }

  /// The difference that all but one of a hundred tokens stay below, 0 without tokens.
  var percentile99: Double {
    guard !differences.isEmpty else { return 0 }
    return Double(differences.sorted()[(differences.count - 1) * 99 / 100])
  }

  /// What rounding explains for a model; everything above is an error.
  struct Limit: Comparable {
    /// For the mean difference.
    let mean: Double
    /// For the 99th percentile, which for rounding errors is a few times the mean.
    var percentile99: Double { 10 * mean }

    private static let typicalLogit = 32.0
    private static let margin = 8.0
    /// However coarse the data type is: a mean difference of 2% in the ratios makes another gradient.
    static let most = 0.02
    /// The depth that is assumed for a model that does not state it.
    private static let unknownLayers = 100

    /// Of two engines in coarse data types, whose ratios a clipped loss corrects.
    static let mostOfAnotherEngine = 0.1

    /// - Parameter temperature: The temperature of the samples; at 0 log-probs are those of temperature 1.
    init(_ model: ModelInfo, temperature: Double, most: Double = most) {
      let layers = Double(model.layers ?? Self.unknownLayers)
      let error = Self.roundoff(model.dtype) * (2 * layers).squareRoot() * Self.typicalLogit
      mean = min(Self.margin * error / (temperature > 0 ? temperature : 1), most)
    }

    /// Creates a limit for a mean that is known.
    init(mean: Double) { self.mean = mean }

    static func < (a: Limit, b: Limit) -> Bool { a.mean < b.mean }

    /// Half the distance between 1 and the next number, at least that of float32, in which log-probs arrive; for an
    /// unknown data type that of bfloat16.
    private static func roundoff(_ dtype: String) -> Double {
      switch dtype {
      case "float64", "float32": 0x1p-24
      case "float16": 0x1p-11
      default: 0x1p-8
      }
    }
  }

  /// Whether the differences are more than rounding explains.
  func exceeds(_ limit: Limit) -> Bool { mean > limit.mean || percentile99 > limit.percentile99 }
}

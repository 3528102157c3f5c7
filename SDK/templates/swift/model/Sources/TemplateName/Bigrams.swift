import Glibc
import PolyaKit

/// The network: the logits of the next token are one row of a table, picked by the last token.
struct Bigrams {
  static let vocabulary = 257
  static let end: Int32 = 256
  static let count = vocabulary * vocabulary

  /// Row: last token, column: next token.
  private(set) var weights: [Float]
  private var gradients = [Float](repeating: 0, count: count)
  private var mean = [Float](repeating: 0, count: count)
  private var square = [Float](repeating: 0, count: count)
  private var steps = 0

  init(weights: [Float]?) {
    self.weights = weights ?? [Float](repeating: 0, count: Self.count)
  }

  /// ln softmax(logits / temperature) of what follows `last`.
  func logProbs(after last: Int32, temperature: Double) -> [Double] {
    let row = weights[Int(last) * Self.vocabulary..<(Int(last) + 1) * Self.vocabulary]
    let largest = Double(row.max() ?? 0)
    let scaled = row.map { (Double($0) - largest) / temperature }
    let logSum = log(scaled.reduce(0) { $0 + exp($1) })
    return scaled.map { $0 - logSum }
  }

  static func entropy(_ logProbs: [Double]) -> Double { -logProbs.reduce(0) { $0 + exp($1) * $1 } }

  /// Adds d loss / d logits, given d loss / d ln p(next) and d loss / d entropy.
  mutating func addGradient(
    after last: Int32, next: Int32, temperature: Double, dLogProb: Double, dEntropy: Double
  ) {
    let logProbs = logProbs(after: last, temperature: temperature)
    let entropy = Self.entropy(logProbs)
    let row = Int(last) * Self.vocabulary
    for (token, logProb) in logProbs.enumerated() {
      let p = exp(logProb)
      let hit = token == Int(next) ? 1.0 : 0.0
      gradients[row + token] +=
        Float((dLogProb * (hit - p) - dEntropy * p * (logProb + entropy)) / temperature)
    }
  }

  /// AdamW with decoupled weight decay (Loshchilov & Hutter 2019), clipped by the global norm.
  mutating func optimize(_ step: OptimizerStep) -> StepReport {
    let norm = gradients.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() * step.gradientScale
    defer { gradients = [Float](repeating: 0, count: Self.count) }
    guard norm.isFinite else {
      return StepReport(skipped: true, step: steps, gradientNorm: norm, updateNorm: 0)
    }
    if step.index == 0 {
      // A new training forgets the moments of an earlier one.
      mean = [Float](repeating: 0, count: Self.count)
      square = mean
      steps = 0
    }
    let scale = step.gradientScale * (step.clipNorm > 0 && norm > step.clipNorm ? step.clipNorm / norm : 1)
    steps += 1
    let correct1 = 1 - pow(step.beta1, Double(steps))
    let correct2 = 1 - pow(step.beta2, Double(steps))
    var update = 0.0
    for i in weights.indices {
      let gradient = Double(gradients[i]) * scale
      mean[i] = Float(step.beta1 * Double(mean[i]) + (1 - step.beta1) * gradient)
      square[i] = Float(step.beta2 * Double(square[i]) + (1 - step.beta2) * gradient * gradient)
      let root = (Double(square[i]) / correct2).squareRoot() + step.epsilon
      let adam = Double(mean[i]) / correct1 / root
      let change = step.learningRate * (adam + step.weightDecay * Double(weights[i]))
      weights[i] -= Float(change)
      update += change * change
    }
    return StepReport(skipped: false, step: steps, gradientNorm: norm, updateNorm: update.squareRoot())
  }
}

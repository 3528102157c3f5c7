/// Intermediate results of some tokens, layer by layer. With a layer stride of 0 each layer overwrites the last.
struct Activations {
  /// Residual stream before each layer, and after the last: [tokens, hidden].
  var input: Floats
  var inputStride: Int
  /// Rotated queries and keys, and values: [tokens, query + 2 key-value].
  var fused: Floats
  /// Output of attention: [tokens, query].
  var attention: Floats
  /// Residual stream between attention and feed-forward: [tokens, hidden].
  var middle: Floats
  /// [tokens, 2 feed-forward]
  var gateUp: Floats
  /// 1 / rms of the two norms: [tokens] each.
  var inputInverse, middleInverse: Floats
  /// Of attention: [heads, tokens].
  var logSums: Floats
  var layerStrides: (fused: Int, attention: Int, middle: Int, gateUp: Int, inverse: Int, logSums: Int)
  /// Tokens between one head's log sums and the next's.
  var tokens: Int

  /// Carves storage for `tokens`; `layers` of them are kept apart, or one is used again and again.
  init?(_ carver: inout FloatCarver, _ w: Widths, tokens: Int, kept: Bool) {
    let layers = kept ? w.layers : 1
    let inputs = carver.carve(tokens * w.hidden * (kept ? w.layers + 1 : 1))
    let fused = carver.carve(tokens * w.fused * layers)
    let attention = carver.carve(tokens * w.query * layers)
    let middle = carver.carve(tokens * w.hidden * layers)
    let gateUp = carver.carve(tokens * 2 * w.feedForward * layers)
    let inputInverse = carver.carve(tokens * layers)
    let middleInverse = carver.carve(tokens * layers)
    let logSums = carver.carve(tokens * w.heads * layers)
    guard let inputs, let fused, let attention, let middle, let gateUp, let inputInverse, let middleInverse,
      let logSums
    else { return nil }
    (self.input, self.fused, self.attention, self.middle) = (inputs, fused, attention, middle)
    (self.gateUp, self.inputInverse, self.middleInverse) = (gateUp, inputInverse, middleInverse)
    self.logSums = logSums
    self.tokens = tokens
    let one = kept ? tokens : 0
    inputStride = one * w.hidden
    layerStrides = (one * w.fused, one * w.query, one * w.hidden, one * 2 * w.feedForward, one, one * w.heads)
  }

  /// The same, starting at a token.
  func from(_ token: Int, _ w: Widths) -> Activations {
    var part = self
    part.input += token * w.hidden
    part.fused += token * w.fused
    part.attention += token * w.query
    part.middle += token * w.hidden
    part.gateUp += token * 2 * w.feedForward
    part.inputInverse += token
    part.middleInverse += token
    part.logSums += token
    return part
  }

  /// Pointers of one layer.
  func layer(_ index: Int) -> LayerActivations {
    LayerActivations(
      input: input + index * inputStride, output: input + (index + 1) * inputStride,
      fused: fused + index * layerStrides.fused, attention: attention + index * layerStrides.attention,
      middle: middle + index * layerStrides.middle, gateUp: gateUp + index * layerStrides.gateUp,
      inputInverse: inputInverse + index * layerStrides.inverse,
      middleInverse: middleInverse + index * layerStrides.inverse,
      logSums: logSums + index * layerStrides.logSums)
  }
}

struct LayerActivations {
  let input, output, fused, attention, middle, gateUp, inputInverse, middleInverse, logSums: Floats
}

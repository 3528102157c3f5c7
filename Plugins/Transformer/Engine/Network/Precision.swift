/// What matrices are stored and multiplied in. Everything between products is computed in float32.
package enum Precision: String, Sendable, CaseIterable {
  /// 24 significant bits.
  case float32
  /// bf16: 8 significant bits in products, whose sums are float32. Weights are kept to float32's precision for the
  /// optimizer.
  case bf16
  /// Whole numbers of 8 bits, with a scale for each column of a weight matrix and each row of what it is multiplied with;
  /// attention computes in bf16. For sampling only.
  case int8

  /// Its name in descriptions of models.
  package var dtype: String {
    switch self {
    case .float32: "float32"
    case .bf16: "bfloat16"
    case .int8: "int8"
    }
  }

  /// Whether gradients can be computed.
  var isTrained: Bool { self != .int8 }
}

internal import PolyaKit

/// Values in the form that the Tinker protocol has them.
enum Wire {
  static func number(_ value: Int) -> JSON { .number("\(value)") }

  static func number(_ value: Double) -> JSON { .number("\(value)") }

  /// A model's input: the tokens as one chunk.
  static func input(_ tokens: ArraySlice<Int32>) -> JSON {
    let ids = JSON.array(tokens.map { .number("\($0)") })
    return .object([
      ("chunks", .array([.object([("type", .string("encoded_text")), ("tokens", ids)])]))
    ])
  }

  static func tensor(_ values: [JSON], _ type: String) -> JSON {
    .object([
      ("data", .array(values)), ("dtype", .string(type)), ("shape", .array([number(values.count)])),
    ])
  }

  static func tensor(_ values: [Float]) -> JSON { tensor(values.map { .number("\($0)") }, "float32") }

  /// A sequence whose log-probs are asked for: each token is the target of those before it.
  static func datum(_ tokens: [Int32], _ inputs: [(key: String, value: JSON)] = []) -> JSON {
    let targets = tensor(tokens.dropFirst().map { .number("\($0)") }, "int64")
    return .object([
      ("model_input", input(tokens.dropLast())),
      ("loss_fn_inputs", .object([("target_tokens", targets)] + inputs)),
    ])
  }

  /// The `data` of a tensor as finite numbers.
  static func values(_ tensor: JSON?, _ what: String) throws -> [Float] {
    guard let data = tensor?["data"]?.array ?? tensor?.array else {
      throw Failure(.unavailable, "the server's answer has no \(what)")
    }
    return try data.map {
      guard let value = $0.double, value.isFinite else {
        throw Failure(.unavailable, "the server's answer has \($0.compact) among the \(what)")
      }
      return Float(value)
    }
  }
}

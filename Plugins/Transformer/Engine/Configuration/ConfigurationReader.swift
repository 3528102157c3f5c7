internal import PolyaKit
internal import TransformerFiles

/// Typed access to a `config.json`; errors name the key and the file.
struct ConfigurationReader {
  let json: JSON
  let path: String

  func unsupported(_ key: String, _ value: String, _ only: String) -> TransformerError {
    TransformerError(.unsupported, "\(key) in \(path) is \(value); this engine supports only \(only)")
  }

  func corrupt(_ key: String, _ sentence: String) -> TransformerError {
    TransformerError(.corrupt, "\(key) in \(path) \(sentence); correct it, or copy the file again")
  }

  func integer(_ key: String) throws -> Int {
    guard let value = try optionalInteger(key) else {
      throw TransformerError(.corrupt, "\(path) lacks \(key); copy the file again")
    }
    return value
  }

  func optionalInteger(_ key: String) throws -> Int? {
    guard let value = json[key] else { return nil }
    guard let number = value.integer else { throw corrupt(key, "is not an integer") }
    return number
  }

  /// A number of layers, small enough to make a list of them.
  func layers(_ key: String) throws -> Int {
    let layers = try integer(key)
    guard Shape.layersAllowed.contains(layers) else {
      throw corrupt(key, "is \(layers), but must be from 1 to \(Shape.layersAllowed.upperBound)")
    }
    return layers
  }

  func optionalNumber(_ key: String) throws -> Double? {
    guard let value = json[key] else { return nil }
    guard let number = value.double else { throw corrupt(key, "is not a number") }
    return number
  }

  func optionalBool(_ key: String) throws -> Bool? {
    guard let value = json[key] else { return nil }
    guard let bool = value.bool else { throw corrupt(key, "is not true or false") }
    return bool
  }

  /// One id or a list of them.
  func tokens(_ key: String) throws -> [Int32] { try json.tokens(key, in: path) }

  /// Refuses a key whose value is not the only one that is computed.
  func require(_ key: String, _ only: Bool, orAbsent fallback: Bool) throws {
    let value = try optionalBool(key) ?? fallback
    guard value == only else { throw unsupported(key, "\(value)", "\(only)") }
  }

  // MARK: Positions

  /// `rope_theta` and `rope_scaling`, or the `rope_parameters` of newer files, which may be one for each kind of layer.
  ///
  /// - Parameter partly: whether the family may rotate a part of each head.
  func rotary(base: Double = 10_000, kind: String = "full_attention", partly: Bool = false) throws
    -> RotaryPositions
  {
    var made = try wholeRotary(base: base, kind: kind)
    let source = json["rope_parameters"]?[kind] ?? json["rope_parameters"] ?? json["rope_scaling"]
    let share = try source?["partial_rotary_factor"]?.double ?? optionalNumber("partial_rotary_factor") ?? 1
    guard share == 1 || partly else { throw unsupported("partial_rotary_factor", "\(share)", "1") }
    made.share = share
    return made
  }

  private func wholeRotary(base: Double, kind: String) throws -> RotaryPositions {
    let nested = json["rope_parameters"]?[kind]
    let source = nested ?? json["rope_parameters"] ?? json["rope_scaling"]
    let name = json["rope_parameters"] != nil ? "rope_parameters" : "rope_scaling"
    let theta = try source?["rope_theta"]?.double ?? optionalNumber("rope_theta") ?? base
    guard let source else { return RotaryPositions(base: theta) }
    func value(_ key: String) throws -> Double {
      guard let number = source[key]?.double else { throw corrupt("\(name).\(key)", "is not a number") }
      return number
    }
    let type = (source["rope_type"] ?? source["type"])?.string ?? "default"
    switch type {
    case "default": return RotaryPositions(base: theta)
    case "linear": return RotaryPositions(base: theta, scaling: .linear(factor: try value("factor")))
    case "llama3":
      return RotaryPositions(
        base: theta,
        scaling: .llama3(
          factor: try value("factor"), low: try value("low_freq_factor"), high: try value("high_freq_factor"),
          original: try value("original_max_position_embeddings")))
    case "longrope", "su": return try longRotary(source, name, base: theta)
    case "yarn": return RotaryPositions(base: theta, scaling: try yarn(source, name))
    default:
      throw unsupported("\(name).rope_type", type, "default, linear, llama3, yarn and longrope")
    }
  }

  /// The frequencies for texts no longer than those that the model was first trained with; longer ones have others,
  /// which would change all positions at once.
  private func longRotary(_ source: JSON, _ name: String, base: Double) throws -> RotaryPositions {
    let context = try optionalNumber("max_position_embeddings") ?? 4096
    let key = "original_max_position_embeddings"
    let original = try optionalNumber(key) ?? source[key]?.double ?? context
    guard original > 1, let longest = Int(exactly: original) else {
      throw corrupt(key, "is \(original), but must be a whole number above 1")
    }
    let factors = source["short_factor"]?.array?.map(\.double) ?? []
    guard !factors.isEmpty, !factors.contains(nil) else {
      throw corrupt("\(name).short_factor", "is not a list of numbers")
    }
    let factor = source["factor"]?.double ?? context / original
    let usual = factor <= 1 ? 1 : (1 + logarithm(factor) / logarithm(original)).squareRoot()
    let magnitude = source["attention_factor"]?.double ?? usual
    var made = RotaryPositions(
      base: base, scaling: .pairs(factors: factors.compactMap(\.self), magnitude: magnitude))
    made.longest = longest
    return made
  }

  private func yarn(_ source: JSON, _ name: String) throws -> RotaryPositions.Scaling {
    let context = try optionalNumber("max_position_embeddings") ?? 2048
    let original = source["original_max_position_embeddings"]?.double ?? context
    guard let factor = source["factor"]?.double ?? (original > 0 ? context / original : nil), factor > 0
    else {
      throw corrupt("\(name).factor", "is not a positive number")
    }
    func magnitude(_ share: Double) -> Double { factor <= 1 ? 1 : 0.1 * share * logarithm(factor) + 1 }
    var scale = magnitude(1)
    if let one = source["mscale"]?.double, let all = source["mscale_all_dim"]?.double, one != 0, all != 0 {
      scale = magnitude(one) / magnitude(all)
    }
    return .yarn(
      factor: factor, fast: source["beta_fast"]?.double ?? 32, slow: source["beta_slow"]?.double ?? 1,
      original: original, magnitude: source["attention_factor"]?.double ?? scale,
      truncates: source["truncate"]?.bool ?? true)
  }

  // MARK: Windows

  /// Sliding windows by layer: from `layer_types` where the file has them, else as `slides` says.
  func windows(_ layers: Int, slides: (Int) -> Bool) throws -> [Int?] {
    guard let window = try optionalInteger("sliding_window") else { return [] }
    guard window > 0 else { throw corrupt("sliding_window", "is \(window), but must be positive") }
    guard let types = json["layer_types"]?.array else {
      return (0..<layers).map { slides($0) ? window : nil }
    }
    guard types.count == layers else {
      throw corrupt("layer_types", "has \(types.count) entries for \(layers) layers")
    }
    return try types.map {
      switch $0.string {
      case "full_attention": nil
      case "sliding_attention": window
      default:
        throw unsupported("layer_types", $0.string ?? "not a string", "full_attention and sliding_attention")
      }
    }
  }
}

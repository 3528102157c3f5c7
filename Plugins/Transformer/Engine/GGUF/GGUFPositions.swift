internal import PolyaKit
internal import TransformerFiles

/// Rotary positions: the base, and how the frequencies are changed.
extension GGUFConfiguration {
  mutating func addPositions() throws {
    set("rope_theta", try metadata.number(prefix + "rope.freq_base") ?? .number("10000.0"))
    if family == .gemma3 {
      set("rope_local_base_freq", try metadata.number(prefix + "rope.freq_base_swa") ?? .number("10000.0"))
    }
    if let long = ["rope_factors_long.weight", "rope_factors_short.weight"].first(where: {
      file.entries[$0] != nil
    }) {
      throw TransformerError(
        .unsupported,
        "\(file.path) has tensor \(long) (longrope); this engine supports only linear, llama3 and yarn positions"
      )
    }
    let scaling = try scaling()
    if let factors = file.entries["rope_freqs.weight"] {
      guard scaling == nil else {
        throw metadata.unsupported(
          prefix + "rope.scaling.type", "set", "one change of positions, and it has rope_freqs.weight")
      }
      set("rope_scaling", try llama3(factors))
    } else if let scaling {
      set("rope_scaling", scaling)
    }
  }

  /// By the metadata alone; nil: none.
  private mutating func scaling() throws -> JSON? {
    func key(_ name: String) -> String { prefix + "rope.scaling." + name }
    _ = try metadata.bool(key("finetuned"))
    let original = try metadata.integer(key("original_context_length"))
    let old = try metadata.number(prefix + "rope.scale_linear")
    let factor = try metadata.number(key("factor")) ?? old
    if let factor = try metadata.number(key("attn_factor"))?.double, factor != 0, factor != 1 {
      throw metadata.unsupported(key("attn_factor"), "\(factor)", "1")
    }
    let (fast, slow) = (
      try metadata.number(key("yarn_beta_fast")), try metadata.number(key("yarn_beta_slow"))
    )
    let size = factor?.double ?? 1
    switch try metadata.string(key("type")) ?? "linear" {
    case "none" where size == 1 || size == 0: return nil
    case "linear":
      guard let factor, size != 1, size != 0 else { return nil }
      return .object([("rope_type", .string("linear")), ("factor", factor)])
    case "yarn":
      guard let factor, size > 0 else { throw metadata.corrupt(key("factor"), "is missing") }
      var members: [(key: String, value: JSON)] = [("rope_type", .string("yarn")), ("factor", factor)]
      if let original { members.append(("original_max_position_embeddings", .number("\(original)"))) }
      if let fast { members.append(("beta_fast", fast)) }
      if let slow { members.append(("beta_slow", slow)) }
      return .object(members)
    case let type: throw metadata.unsupported(key("type"), type, "none, linear and yarn")
    }
  }

  /// The numbers behind the divisors of the frequencies, of which the file has only these. They follow from the base
  /// and four numbers: the last divisor is the factor; the others are looked for among those that models have.
  private func llama3(_ entry: GGUFFile.Entry) throws -> JSON {
    guard headSize > 0, headSize % 2 == 0, entry.shape == [headSize / 2],
      let theta = members.last(where: { $0.key == "rope_theta" })?.value.double, theta > 0
    else {
      throw TransformerError(
        .corrupt,
        "rope_freqs.weight in \(file.path) has shape \(entry.shape), but a head has \(headSize) values")
    }
    let buffer = try FloatBuffer(headSize / 2)
    file.copy(entry, elements: 0..<headSize / 2, to: buffer.base)
    let divisors = (0..<headSize / 2).map { Double(buffer.base[$0]) }
    let factor = divisors.last ?? 1
    let plain = RotaryPositions(base: theta).frequencies(headSize: headSize)
    for original in [8192] + (4...20).map({ 1 << $0 }) {
      let scaling = RotaryPositions.Scaling.llama3(
        factor: factor, low: 1, high: 4, original: Double(original))
      let changed = RotaryPositions(base: theta, scaling: scaling).frequencies(headSize: headSize)
      let fits = zip(divisors, zip(plain, changed)).allSatisfy { divisor, pair in
        abs(divisor * Double(pair.1) / Double(pair.0) - 1) < 1e-5
      }
      guard fits else { continue }
      return .object([
        ("rope_type", .string("llama3")), ("factor", .number("\(Float(factor))")),
        ("low_freq_factor", .number("1.0")), ("high_freq_factor", .number("4.0")),
        ("original_max_position_embeddings", .number("\(original)")),
      ])
    }
    throw TransformerError(
      .unsupported,
      "rope_freqs.weight in \(file.path) changes positions in a way that is not Llama 3's; use the model's Hugging Face folder"
    )
  }
}

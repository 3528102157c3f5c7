/// Which program a server is, as far as its protocol differs.
enum Flavor: String, Sendable, CaseIterable {
  /// What all of them speak: text in, text out.
  case openAI = "openai"
  case vLLM = "vllm"
  case sgLang = "sglang"
  case llamaCpp = "llama-cpp"

  /// For people.
  var name: String {
    switch self {
    case .openAI: "an OpenAI-compatible server"
    case .vLLM: "vLLM"
    case .sgLang: "SGLang"
    case .llamaCpp: "llama.cpp"
    }
  }

  /// The largest seed that it takes.
  var largestSeed: UInt64 {
    switch self {
    // vLLM adds a sample's index, and keeps seeds in 64 bits with a sign.
    case .openAI, .vLLM: (1 << 62) - 1
    // 0xFFFFFFFF means a random seed to llama.cpp; SGLang keeps seeds in 32 bits with a sign on some devices.
    case .llamaCpp: UInt64(UInt32.max) - 1
    case .sgLang: UInt64(Int32.max)
    }
  }
}

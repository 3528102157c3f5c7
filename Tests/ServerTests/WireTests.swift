import NetworkService
import PolyaKit
import Testing

@testable import Server

/// What is sent and read, by the published interfaces: OpenAI's API reference for completions and chat completions; vLLM's
/// "OpenAI-Compatible Server" (extra parameters, `return_token_ids`); SGLang's "Sampling Parameters" and "Native APIs";
/// llama.cpp's `tools/server/README.md`. Answers are written after these documents, or recorded where that is said.
struct WireTests {
  private func query(_ content: SampleQuery.Content, samples: Int = 1, topK: Int? = nil, stop: [String] = [])
    -> SampleQuery
  {
    var query = SampleQuery(
      Prompt(
        id: 1, seed: 2, tokens: [5, 6], maxTokens: 8, temperature: 0.5, topK: topK, topP: 0.9, stop: stop),
      model: "m", content: content)
    (query.samples, query.seed, query.ends) = (samples, 77, [2])
    return query
  }

  private func members(_ json: JSON) -> [String: String] {
    Dictionary((json.members ?? []).map { ($0.key, $0.value.compact) }) { $1 }
  }

  @Test func nothingIsLeftToTheDefaultsOfVLLM() {
    let dialect = OpenAIDialect(isChat: false, flavor: .vLLM, prefix: "/v1")
    let body = members(dialect.body(query(.ids([5, 6]), samples: 3, stop: ["\n"])))
    let expected = [
      "model": "\"m\"", "prompt": "[5,6]", "max_tokens": "8", "temperature": "0.5", "top_p": "0.9",
      "top_k": "-1",
      "min_p": "0.0", "n": "3", "seed": "77", "stop": "[\"\\n\"]", "stop_token_ids": "[2]",
      "repetition_penalty": "1", "presence_penalty": "0", "frequency_penalty": "0", "min_tokens": "0",
      "ignore_eos": "false", "logprobs": "0", "return_token_ids": "true", "skip_special_tokens": "false",
    ]
    for (key, value) in expected { #expect(body[key] == value, "\(key)") }
    #expect(dialect.path == "/v1/completions")
  }

  @Test func aPlainServerGetsOnlyWhatOpenAIHasAndWhatIsAsked() {
    let chat = OpenAIDialect(isChat: true, flavor: .openAI, prefix: "")
    let conversation = SampleQuery.Content.messages([Message("user", "a \"b\"")])
    let body = members(chat.body(query(conversation)))
    #expect(
      Set(body.keys) == [
        "model", "messages", "max_tokens", "temperature", "top_p", "n", "presence_penalty",
        "frequency_penalty",
        "stream", "seed",
      ])
    #expect(body["messages"] == #"[{"role":"user","content":"a \"b\""}]"#)
    #expect(members(chat.body(query(conversation, topK: 4)))["top_k"] == "4", "refused rather than ignored")
    #expect(chat.path == "/chat/completions")
    var newer = query(conversation)
    newer.chatLimit = "max_completion_tokens"
    let keys = Set(members(chat.body(newer)).keys)
    #expect(keys.contains("max_completion_tokens") && !keys.contains("max_tokens"))
  }

  @Test func nothingIsLeftToTheDefaultsOfLlamaCpp() {
    let body = members(LlamaCppDialect().body(query(.ids([5, 6]))))
    let expected = [
      "prompt": "[5,6]", "n_predict": "8", "temperature": "0.5", "top_k": "0", "top_p": "0.9", "min_p": "0.0",
      "typical_p": "1", "repeat_penalty": "1", "dry_multiplier": "0", "mirostat": "0", "xtc_probability": "0",
      "samplers": #"["temperature","top_k","top_p","min_p"]"#, "seed": "77", "return_tokens": "true",
    ]
    for (key, value) in expected { #expect(body[key] == value, "\(key)") }
  }

  @Test func sglangGetsIDsAndItsOwnNames() {
    let json = SGLangDialect().body(query(.ids([5, 6]), samples: 2, topK: 7))
    #expect(json["input_ids"]?.compact == "[5,6]" && json["return_logprob"]?.bool == true)
    let sampling = json["sampling_params"].map { members($0) } ?? [:]
    let expected = [
      "max_new_tokens": "8", "temperature": "0.5", "top_p": "0.9", "top_k": "7", "n": "2",
      "sampling_seed": "77",
      "stop_token_ids": "[2]", "repetition_penalty": "1",
    ]
    for (key, value) in expected { #expect(sampling[key] == value, "\(key)") }
  }

  /// Recorded from vLLM 0.32.0, shortened.
  private static let vLLM = """
    {"id":"cmpl-8b80","object":"text_completion","model":"m","choices":[
    {"index":1,"text":" La","logprobs":{"token_logprobs":[-4.7067,-3.0199],"tokens":["token_id:5145","token_id:2"],
    "top_logprobs":[{"token_id:5145":-4.7},{"token_id:2":-3.0}]},"finish_reason":"stop","stop_reason":null,
    "token_ids":[5145,2],"prompt_logprobs":null,"prompt_token_ids":[5,6]},
    {"index":0,"text":" Paris","logprobs":{"token_logprobs":[-0.25],"tokens":["token_id:7042"],"top_logprobs":[]},
    "finish_reason":"length","stop_reason":null,"token_ids":[7042],"prompt_token_ids":[5,6]}],
    "usage":{"prompt_tokens":2,"total_tokens":5,"completion_tokens":3,"prompt_tokens_details":null}}
    """

  @Test func anAnswerOfVLLMIsReadInTheOrderOfItsIndices() throws {
    let dialect = OpenAIDialect(isChat: false, flavor: .vLLM, prefix: "/v1")
    let answer = try dialect.answer(try JSON(parsing: Self.vLLM), to: query(.ids([5, 6]), samples: 2))
    #expect(answer.samples.map(\.tokens) == [[7042], [5145, 2]])
    #expect(answer.samples.map(\.logprobs) == [[-0.25], [-4.7067, -3.0199]])
    #expect(answer.samples.map(\.finish) == [.length, .stop])
    #expect(answer.promptTokens == [5, 6] && answer.id == "cmpl-8b80")
    #expect(answer.usage == Usage(prompt: 2, completion: 3))
    #expect(throws: ServiceFault("the answer has 2 choices instead of 3")) {
      try dialect.answer(try JSON(parsing: Self.vLLM), to: query(.ids([5, 6]), samples: 3))
    }
  }

  /// The example of OpenAI's API reference, shortened, and what else may come.
  @Test(arguments: [
    (
      #"{"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}"#, "Hello!",
      WireSample.Finish.stop
    ),
    (#"{"message":{"content":null,"refusal":"no"},"finish_reason":"content_filter"}"#, "", .filtered),
    (#"{"message":{"content":"a"},"finish_reason":"length","index":0}"#, "a", .length),
  ]) func aChatIsRead(_ choice: String, _ text: String, _ finish: WireSample.Finish) throws {
    let dialect = OpenAIDialect(isChat: true, flavor: .openAI, prefix: "/v1")
    let answer = try dialect.answer(
      try JSON(parsing: "{\"id\":\"chatcmpl-1\",\"choices\":[\(choice)]}"), to: query(.messages([])))
    #expect(answer.samples == [WireSample(text: text, tokens: nil, logprobs: nil, finish: finish)])
    #expect(answer.usage == nil)
  }

  @Test(arguments: [
    "{}", "[]", "null", #"{"choices":{}}"#, #"{"choices":[]}"#, #"{"choices":[7]}"#,
    #"{"choices":[{"index":1,"text":"a","finish_reason":"stop"}]}"#,
    #"{"choices":[{"index":0,"finish_reason":"stop"}]}"#,
    #"{"choices":[{"index":0,"text":"a","finish_reason":"tired"}]}"#,
  ]) func anAnswerThatIsNoneIsAFault(_ text: String) throws {
    let json = try JSON(parsing: text)
    let dialect = OpenAIDialect(isChat: false, flavor: .openAI, prefix: "/v1")
    #expect(throws: ServiceFault.self) { try dialect.answer(json, to: query(.text("a"))) }
    #expect(throws: ServiceFault.self) { try SGLangDialect().answer(json, to: query(.text("a"))) }
    #expect(throws: ServiceFault.self) { try LlamaCppDialect().answer(json, to: query(.text("a"))) }
  }

  /// After SGLang's "Native APIs": a list for n > 1, and [log-prob, id, text] per token.
  @Test func anAnswerOfSGLangIsRead() throws {
    let one = """
      {"text":" Paris","output_ids":[7042,2],"meta_info":{"id":"3f","finish_reason":{"type":"stop","matched":2},
      "prompt_tokens":5,"completion_tokens":2,"output_token_logprobs":[[-0.5,7042,null],[-1.5,2,null]]}}
      """
    let answer = try SGLangDialect().answer(
      try JSON(parsing: "[\(one),\(one)]"), to: query(.ids([5]), samples: 2))
    #expect(answer.samples[1].tokens == [7042, 2] && answer.samples[1].logprobs == [-0.5, -1.5])
    #expect(answer.samples[1].finish == .stop && answer.samples[1].endToken == 2)
    #expect(answer.usage == Usage(prompt: 5, completion: 4))
  }

  /// After llama.cpp's README of the server.
  @Test func anAnswerOfLlamaCppIsRead() throws {
    let text = """
      {"index":0,"content":" Paris","tokens":[7042,2],"stop":true,"stop_type":"eos","stopping_word":"","truncated":false,
      "tokens_predicted":2,"tokens_evaluated":5,"completion_probabilities":[{"id":7042,"token":" Paris","bytes":[32],
      "logprob":-0.5,"top_logprobs":[]},{"id":2,"token":"","bytes":[],"logprob":-0.25,"top_logprobs":[]}]}
      """
    let answer = try LlamaCppDialect().answer(try JSON(parsing: text), to: query(.ids([5])))
    #expect(answer.samples[0].tokens == [7042, 2] && answer.samples[0].logprobs == [-0.5, -0.25])
    #expect(answer.samples[0].finish == .stop && answer.usage == Usage(prompt: 5, completion: 2))
    var short = query(.ids([5]))
    short.maxTokens = 1
    let cut = try LlamaCppDialect().answer(try JSON(parsing: text), to: short).samples[0]
    #expect(cut.tokens == [7042] && cut.logprobs == [-0.5] && cut.finish == .length, "as its README warns")
  }

  /// Recorded from the server of llama.cpp (as in llama-cpp-python 0.3.36): it leaves out the log-prob of a token that ends within a character.
  @Test func logProbsThatLlamaCppLeavesOutAreMissedForTheWholeSample() throws {
    let row = #"{"id":%,"token":"","bytes":[],"logprob":-1.5,"top_logprobs":[]}"#
    func answer(_ ids: [Int], stop: String = "limit") throws -> WireSample {
      let rows = ids.map { row.replacing("%", with: "\($0)") }.joined(separator: ",")
      let text = """
        {"index":0,"content":" different languages.\\n*�","tokens":[896,4575,30,198,26,10813],"stop":true,
        "tokens_predicted":6,"tokens_evaluated":5,"truncated":false,"stop_type":"\(stop)","stopping_word":"",
        "completion_probabilities":[\(rows)]}
        """
      return try LlamaCppDialect().answer(try JSON(parsing: text), to: query(.ids([5]))).samples[0]
    }
    for ids in [[896, 4575, 30, 198, 26], [4575, 10813]] {
      let sample = try answer(ids)
      #expect(sample.tokens == [896, 4575, 30, 198, 26, 10813])
      #expect(sample.logprobs == nil && sample.givesSomeLogprobs)
    }
    // Before a stop string it leaves out as many as that usually has.
    #expect(try answer([896, 4575], stop: "word").givesSomeLogprobs)
    #expect(try answer([896, 4575, 30, 198, 26, 10813]).logprobs == Array(repeating: -1.5, count: 6))
    for other in [[4575, 896], [896, 4575, 30, 198, 26, 7], [896, 4575, 30, 198, 26, 10813, 10813]] {
      #expect(throws: ServiceFault.self) { try answer(other) }
    }
  }

  /// Recorded from vLLM 0.32.0; of SGLang after its documents.
  @Test func scoresAreThoseOfTheTail() throws {
    let sequence = TokenSequence(tokens: [504, 3575, 282], from: 1)
    let vLLM = try #require(ScoreWire(.vLLM, prefix: "/v1"))
    let recorded = """
      {"choices":[{"index":0,"text":" Paris","prompt_logprobs":[null,{"3575":{"logprob":-11.5,"rank":3121,
      "decoded_token":" capital"}},{"282":{"logprob":-0.25,"rank":1,"decoded_token":" of"}}],
      "prompt_token_ids":[504,3575,282]}]}
      """
    #expect(try vLLM.logprobs(try JSON(parsing: recorded), of: sequence) == [-11.5, -0.25])
    let other = TokenSequence(tokens: [504, 3575, 283], from: 1)
    #expect(throws: ServiceFault.self) { try vLLM.logprobs(try JSON(parsing: recorded), of: other) }
    let sgLang = try #require(ScoreWire(.sgLang, prefix: "/v1"))
    let native = """
      {"text":"x","meta_info":{"input_token_logprobs":[[null,504,null],[-11.5,3575,null],[-0.25,282,null]]}}
      """
    #expect(try sgLang.logprobs(try JSON(parsing: native), of: sequence) == [-11.5, -0.25])
    #expect(throws: ServiceFault.self) { try sgLang.logprobs(try JSON(parsing: native), of: other) }
    #expect(ScoreWire(.llamaCpp, prefix: "") == nil && ScoreWire(.openAI, prefix: "") == nil)
  }
}

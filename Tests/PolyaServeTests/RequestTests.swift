import PolyaCore
import Testing

@testable import PolyaServe

/// Bodies of requests in OpenAI's form, and what becomes of them.
struct RequestTests {
  private let info = ScriptedModel().info

  private func completion(_ body: String) throws -> GenerationTask {
    try GenerationTask(completion: RequestFields(Array(body.utf8)), info)
  }

  private func chat(_ body: String) throws -> GenerationTask {
    try GenerationTask(chat: RequestFields(Array(body.utf8)), info)
  }

  /// The defaults of https://platform.openai.com/docs/api-reference/completions/create.
  @Test func absentFieldsHaveOpenAIsDefaults() throws {
    let task = try completion(#"{"prompt":"a"}"#)
    #expect(task.prompts == .texts(["a"]) && task.samples == 1)
    #expect(task.sampling == Sampling(maxTokens: 16))
    #expect(task.seed == nil && task.alternatives == nil && !task.echoes && !task.streams)
    let chat = try chat(#"{"messages":[{"role":"user","content":"a"}]}"#)
    #expect(chat.prompts == .chat([Message(role: "user", content: "a")]) && chat.sampling.maxTokens == 100)
  }

  @Test func everyFormOfAPrompt() throws {
    #expect(try completion(#"{"prompt":["a","b"]}"#).prompts == .texts(["a", "b"]))
    #expect(try completion(#"{"prompt":[1,2]}"#).prompts == .tokens([[1, 2]]))
    #expect(try completion(#"{"prompt":[[1],[2,3]]}"#).prompts == .tokens([[1], [2, 3]]))
    let parts = #"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#
    #expect(
      try chat(#"{"messages":[{"role":"user","content":\#(parts)}]}"#).prompts
        == .chat([Message(role: "user", content: "ab")]))
  }

  @Test func everyField() throws {
    let task = try completion(
      """
      {"model":null,"prompt":"a","max_tokens":3,"temperature":0.5,"top_p":0.9,"top_k":-1,"min_p":0.1,"n":2,"best_of":2,
       "seed":-1,"stop":"x","echo":true,"logprobs":1,"stream":true,"stream_options":{"include_usage":true},
       "return_token_ids":true}
      """)
    #expect(
      task.sampling == Sampling(maxTokens: 3, temperature: 0.5, topK: 0, topP: 0.9, minP: 0.1, stop: ["x"]))
    #expect(task.samples == 2 && task.seed == -1 && task.alternatives == 1 && task.echoes)
    #expect(task.streams && task.streamsUsage && task.returnsTokens)
  }

  @Test func fieldsThatChangeNothingAreAccepted() throws {
    _ = try completion(
      """
      {"prompt":"a","user":"me","presence_penalty":0.0,"frequency_penalty":0,"logit_bias":{},"suffix":null,
       "repetition_penalty":1,"ignore_eos":false,"metadata":{"a":"b"},"add_special_tokens":false}
      """)
  }

  @Test(arguments: Array(NeutralFields.neutral.keys).sorted())
  func otherValuesOfTheseAreRefusedByName(field: String) throws {
    let error = #expect(throws: APIError.self) { try completion(#"{"prompt":"a","\#(field)":[7]}"#) }
    #expect(error?.status == 400 && error?.field == field, "\(String(describing: error))")
  }

  /// The body of https://platform.openai.com/docs/guides/error-codes.
  @Test func errorsHaveOpenAIsForm() throws {
    let answer = APIError(400, "'n' must be more", field: "n").answer
    #expect(
      String(decoding: answer.body, as: UTF8.self)
        == #"{"error":{"message":"'n' must be more","type":"invalid_request_error","param":"n","code":null}}"#
    )
    let failure = APIError(PolyaError(.plugin, "it died", at: "/a.so"))
    #expect(failure.status == 500 && failure.answer.status == 500)
    #expect(APIError(PolyaError(.interrupted, "stopped")).status == 503)
  }
}

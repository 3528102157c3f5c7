import PolyaCore
import Testing

@testable import PolyaServe

/// What a model's samples become, with a model whose tokens are bytes.
struct AnswerTests {
  private let head = AnswerHead(number: 3, model: "m", created: 1_700_000_000)

  private func task(_ body: String, _ model: ScriptedModel, chat: Bool = false) throws -> PromptedTask {
    let fields = try RequestFields(Array(body.utf8))
    let task =
      try chat ? GenerationTask(chat: fields, model.info) : GenerationTask(completion: fields, model.info)
    return try PromptedTask(task, random: Randomness(seed: 9), model)
  }

  private func json(_ body: String, _ model: ScriptedModel, chat: Bool = false) throws -> JSON {
    let task = try task(body, model, chat: chat)
    let choices = try GenerationBatch(model: model, tasks: [task]).choices()[0]
    let usage = Usage(task.prompts, choices)
    return chat
      ? ChatAnswer(head: head, task: task.task, usage: usage).whole(choices)
      : CompletionAnswer(head: head, task: task.task, usage: usage).whole(choices)
  }

  /// The object of https://platform.openai.com/docs/api-reference/completions/object.
  @Test func completionsHaveOpenAIsForm() throws {
    let model = ScriptedModel { _ in [Completion(Array(" is".utf8), -0.1, finish: .stop)] }
    let answer = try json(#"{"prompt":"This","echo":true,"logprobs":0,"max_tokens":3}"#, model)
    #expect(
      answer.compact == """
        {"id":"cmpl-3","object":"text_completion","created":1700000000,"model":"m","choices":[{"index":0,"text":"This is",\
        "logprobs":{"tokens":["T","h","i","s"," ","i","s"],"token_logprobs":[null,\(lp(-0.1)),\(lp(-0.2)),\(lp(-0.3)),\
        \(lp(-0.1)),\(lp(-0.1)),\(lp(-0.1))],"top_logprobs":[null,{"h":\(lp(-0.1))},{"i":\(lp(-0.2))},{"s":\(lp(-0.3))},\
        {" ":\(lp(-0.1))},{"i":\(lp(-0.1))},{"s":\(lp(-0.1))}],"text_offset":[0,1,2,3,4,5,6]},"finish_reason":"stop"}],\
        "usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}}
        """)
  }

  /// The object of https://platform.openai.com/docs/api-reference/chat/object.
  @Test func chatsHaveOpenAIsForm() throws {
    let model = ScriptedModel { _ in [Completion([0xC3, 0x41], -0.1)] }
    let answer = try json(
      #"{"messages":[{"role":"user","content":"a"}],"logprobs":true,"top_logprobs":1}"#, model, chat: true)
    let logprob = lp(-0.1)
    let (broken, a) = (
      #""token":"\#u{FFFD}","logprob":\#(logprob),"bytes":[195]"#,
      #""token":"A","logprob":\#(logprob),"bytes":[65]"#
    )
    #expect(
      answer.compact == """
        {"id":"chatcmpl-3","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":\
        {"role":"assistant","content":"\u{FFFD}A","refusal":null},"logprobs":{"content":[{\(broken),"top_logprobs":\
        [{\(broken)}]},{\(a),"top_logprobs":[{\(a)}]}],"refusal":null},"finish_reason":"length"}],\
        "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}
        """)
  }

  /// A float as JSON writes it.
  private func lp(_ value: Float) -> String { JSON(Double(value)).compact }

  /// Several tasks are one call, each with its own settings and the seeds of `polya model generate`.
  @Test func tasksShareACall() throws {
    let model = ScriptedModel { request in
      Array(repeating: Completion([UInt8(request.sampling.maxTokens)], -1), count: request.samples)
    }
    let tasks = [
      try task(#"{"prompt":["a","b"],"n":2,"max_tokens":65}"#, model),
      try task(#"{"prompt":"c","max_tokens":0}"#, model), try task(#"{"prompt":"d","max_tokens":66}"#, model),
    ]
    let choices = try GenerationBatch(model: model, tasks: tasks).choices()
    #expect(choices.map { $0.map(\.text) } == [Array(repeating: [65], count: 4), [[]], [[66]]])
    #expect(choices[0].map(\.index) == [0, 1, 2, 3] && choices[0].map(\.prompt) == [[97], [97], [98], [98]])
    #expect(model.generated.count == 1 && model.generated[0].map(\.id) == [0, 1, 2])
    let random = Randomness(seed: 9)
    #expect(model.generated[0].map(\.seed) == [0, 1, 0].map { random.stream($0).key })
  }

  /// Only where another token may be likelier is the model asked, from the tokens before.
  @Test func likelierTokensAreAskedForWhereTheyMayBe() throws {
    // The log-probs of the prompt are -0.1, -0.2, … by position, so those above half end before position 7.
    let model = ScriptedModel { request in
      request.sampling.maxTokens > 1
        ? [Completion([0x59, 0x5A], -0.5)]
        : [Completion([request.tokens.count == 8 ? 0x62 : 0x69], -0.4)]
    }
    let answer = try json(
      #"{"prompt":"abcdefghi","echo":true,"logprobs":1,"max_tokens":2,"temperature":0.5}"#, model)
    let probes = model.generated.dropFirst().flatMap { $0 }
    #expect(probes.map { $0.tokens.count } == [7, 8])
    #expect(probes.allSatisfy { $0.sampling == Sampling(maxTokens: 1, temperature: 0.5, topK: 1) })
    #expect(model.scored.count == 1 && model.scored[0].allSatisfy { $0.temperature == 0.5 && $0.from == 1 })
    let tops = try #require(answer["choices"]?.array?[0]["logprobs"]?["top_logprobs"]?.array)
    #expect(tops[6].compact == "{\"g\":\(lp(-0.6))}")
    #expect(tops[7].compact == "{\"h\":\(lp(-0.7)),\"i\":\(lp(-0.4))}")
    #expect(tops[8].compact == "{\"i\":\(lp(-0.8)),\"b\":\(lp(-0.4))}")
  }

  /// Code points of several tokens, one that never ends, and text that a stop string cuts.
  @Test(
    arguments: [
      (Array("aé日🙂b".utf8), nil), ([0x61, 0xE2, 0x82], nil), ([0xFF, 0x61, 0xC3], nil), ([], nil),
      (Array("ab日c".utf8), Array("ab".utf8)), (Array("日本".utf8), [0xE6, 0x97]),
    ] as [([UInt8], [UInt8]?)])
  func piecesAreWholeCodePointsThatJoinToTheText(bytes: [UInt8], text: [UInt8]?) throws {
    let model = ScriptedModel { _ in [Completion(bytes, -1, text: text)] }
    let task = try task(#"{"prompt":"x","stream":true}"#, model)
    let choice = try GenerationBatch(model: model, tasks: [task]).choices()[0][0]
    let pieces = choice.pieces
    #expect(pieces.map(\.text).joined() == String(decoding: text ?? bytes, as: UTF8.self))
    #expect(pieces.flatMap { choice.sampled($0.tokens) } == bytes.map { Int32($0) })
    if text == nil, let whole = String(validating: bytes, as: UTF8.self) {
      #expect(pieces.map(\.text) == whole.unicodeScalars.map { String($0) })
    }
  }

  @Test func promptsMustFitTheContext() throws {
    let model = ScriptedModel(context: 4)
    _ = try task(#"{"prompt":"abc"}"#, model)
    _ = try task(#"{"prompt":"abcd","max_tokens":0,"echo":true}"#, model)
    for body in [#"{"prompt":"abcd"}"#, #"{"prompt":"abcde","max_tokens":0}"#] {
      let error = #expect(throws: APIError.self) { try task(body, model) }
      #expect(error?.code == "context_length_exceeded" && error?.field == "prompt")
    }
  }
}

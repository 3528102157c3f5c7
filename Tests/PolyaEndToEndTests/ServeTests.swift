import Foundation
import PolyaTestSupport
import Testing

/// `polya serve` through the real binary, with Foundation's client.
@Suite(.enabled(if: ServedModel.isPossible, "no libmicrohttpd: install libmicrohttpd-dev and build again"))
struct ServeTests {
  static let model = ["--use", "polya.transformer", "--option", "shape=tiny", "--option", "seed=1"]
  private static let templated = model + ["--option", "chat-template=chatml"]

  private func rows(_ words: [String], _ input: String) throws -> [[String: Any]] {
    let result = try Command.polya(["model"] + words + Self.templated, input: input + "\n")
    #expect(result.status == 0, "\(result.errors)")
    return try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func modelsAndHealth() async throws {
    let server = try ServedModel(Self.model + ["--name", "mine"])
    let models = try await server.ask("/v1/models")
    let listed = try #require(try models.json["data"] as? [[String: Any]])
    #expect(try models.json["object"] as? String == "list")
    #expect(listed.map { $0["id"] as? String } == ["mine"] && listed[0]["object"] as? String == "model")
    #expect(try await server.ask("/v1/models/mine").json["id"] as? String == "mine")
    #expect(try await server.ask("/v1/models/other").error["code"] as? String == "model_not_found")
    #expect(try await server.ask("/health").status == 200)
    #expect(
      try await server.ask("/v1/completions", ["prompt": "a", "model": "other"]).status == 404)
    #expect(
      try await server.ask("/v1/completions", ["prompt": "a", "model": "mine", "max_tokens": 1]).status == 200
    )
  }

  /// The same seed gives the same bits, alone and among other prompts and requests.
  @Test func seedsGiveTheSamplesOfModelGenerate() async throws {
    let server = try ServedModel(Self.templated)
    let client = server.client
    let words = [
      "generate", "--samples", "3", "--max-tokens", "7", "--seed", "9", "--temperature", "0.8", "--top-k",
      "40",
      "--top-p", "0.9", "--min-p", "0.01",
    ]
    let expected = try rows(words, "{\"text\":\"ab\"}\n{\"text\":\"Grüße 日\"}")
    let body: [String: Any] = [
      "prompt": ["ab", "Grüße 日"], "n": 3, "max_tokens": 7, "seed": 9, "temperature": 0.8, "top_k": 40,
      "top_p": 0.9, "min_p": 0.01, "logprobs": 0, "return_token_ids": true,
    ]
    let data = try JSONSerialization.data(withJSONObject: body)
    async let first = client.send("/v1/completions", data)
    async let second = client.send("/v1/completions", data)
    async let other = client.send("/v1/completions", Data(#"{"prompt":"zzz","n":5,"max_tokens":9}"#.utf8))
    for answer in try await [first, second] {
      let choices = try answer.choices
      #expect(choices.map { $0["index"] as? Int } == Array(0..<6))
      #expect(choices.map { $0["text"] as? String } == expected.map { $0["text"] as? String })
      #expect(choices.map { $0["token_ids"] as? [Int] } == expected.map { $0["ids"] as? [Int] })
      #expect(choices.map { $0["finish_reason"] as? String } == expected.map { $0["finish"] as? String })
      let logprobs = choices.map { ($0["logprobs"] as? [String: Any])?["token_logprobs"] as? [Double] }
      #expect(logprobs == expected.map { $0["logprobs"] as? [Double] })
    }
    #expect(try await other.choices.count == 5)
  }

  /// As a run loads the checkpoint of a stage into the plugin of its manifest.
  @Test func aCheckpointReplacesTheWeights() async throws {
    let base = Repository.root.appending(path: "examples/quickstart/base").path
    func texts(_ words: [String]) async throws -> [String?] {
      let server = try ServedModel(["--option", "folder=\(base)"] + words)
      return try await server.ask("/v1/completions", ["prompt": "Tom", "seed": 1, "n": 4]).choices.map {
        $0["text"] as? String
      }
    }
    #expect(try await texts(["--checkpoint", base]) == texts([]))
    let wrong = try Command.polya(["serve", "--port", "0", "--checkpoint", "/nowhere"] + Self.model)
    #expect(wrong.status == 3 && wrong.errors.contains("/nowhere"), "\(wrong.errors)")
  }

  /// The n-th request without a seed gets the n-th one that follows from the server's.
  @Test func requestsWithoutASeedFollowTheServers() async throws {
    var texts: [[String?]] = []
    for seed in ["1", "1", "2"] {
      let server = try ServedModel(Self.model + ["--seed", seed])
      var own: [String?] = []
      for _ in 0..<2 {
        own.append(try await server.ask("/v1/completions", ["prompt": "ab"]).choices[0]["text"] as? String)
      }
      texts.append(own)
    }
    #expect(texts[0] == texts[1] && texts[0] != texts[2])
    #expect(texts[0][0] != texts[0][1])
  }

  @Test func echoedLogprobsAreThoseOfModelScore() async throws {
    let server = try ServedModel(Self.templated)
    let scored = try rows(["score"], #"{"text":"Grüße, Welt"}"#)[0]
    let ids = try #require(scored["ids"] as? [Int])
    for prompt: Any in ["Grüße, Welt", ids] {
      let answer = try await server.ask(
        "/v1/completions",
        [
          "prompt": prompt, "max_tokens": 0, "echo": true, "logprobs": 1, "temperature": 0,
          "return_token_ids": true,
        ])
      let choice = try answer.choices[0]
      #expect(choice["text"] as? String == "Grüße, Welt")
      #expect(choice["prompt_token_ids"] as? [Int] == ids && choice["token_ids"] as? [Int] == [])
      let logprobs = try #require(choice["logprobs"] as? [String: Any])
      let values = try #require(logprobs["token_logprobs"] as? [Any])
      #expect(values.first is NSNull && values.count == ids.count)
      #expect(
        values.dropFirst().map { $0 as? Double }
          == (scored["logprobs"] as? [Any])?.dropFirst().map { $0 as? Double })
      // Bytes are tokens here: ü and ß are two each.
      #expect(logprobs["text_offset"] as? [Int] == [0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10])
      let names = try #require(logprobs["tokens"] as? [String])
      #expect(names[2...3] == ["bytes:\\xc3", "bytes:\\xbc"])
      let tops = try #require(logprobs["top_logprobs"] as? [Any])
      for (index, top) in tops.enumerated().dropFirst() {
        let top = try #require(top as? [String: Double])
        #expect(top[names[index]] == values[index] as? Double && (1...2).contains(top.count))
      }
    }
  }

  /// The likelier tokens are what sampling at temperature 0 gives from there.
  @Test func topLogprobsTellTheMostLikelyToken() async throws {
    let server = try ServedModel(Self.model)
    let greedy = try await server.ask(
      "/v1/completions",
      ["prompt": "ab", "max_tokens": 6, "temperature": 0, "return_token_ids": true, "logprobs": 1])
    let choice = try greedy.choices[0]
    let ids = try #require(choice["token_ids"] as? [Int])
    let prompt = try #require(choice["prompt_token_ids"] as? [Int])
    func tops(_ ids: [Int]) async throws -> [[String: Double]] {
      let answer = try await server.ask(
        "/v1/completions", ["prompt": ids, "max_tokens": 0, "echo": true, "logprobs": 1])
      let logprobs = try answer.choices[0]["logprobs"] as? [String: Any]
      return (logprobs?["top_logprobs"] as? [Any])?.compactMap { $0 as? [String: Double] } ?? []
    }
    // Behind the prompt, all tokens are the most likely ones.
    #expect(try await tops(prompt + ids).suffix(ids.count).allSatisfy { $0.count == 1 })
    var changed = ids
    changed[3] = ids[3] == 7 ? 8 : 7
    let other = try await tops(prompt + changed)[prompt.count - 1 + 3]
    let names = (choice["logprobs"] as? [String: Any])?["tokens"] as? [String]
    #expect(other.count == 2 && other.max { $0.value < $1.value }?.key == names?[3])
  }

  @Test func streamsAreTheWholeInParts() async throws {
    let server = try ServedModel(Self.templated)
    let body: [String: Any] = [
      "prompt": ["ab", "c"], "n": 2, "max_tokens": 24, "seed": 4, "echo": true, "logprobs": 0,
      "return_token_ids": true,
    ]
    let whole = try await server.ask("/v1/completions", body).choices
    let stream = try await server.ask(
      "/v1/completions",
      body.merging(["stream": true, "stream_options": ["include_usage": true]]) { $1 })
    #expect(stream.text.hasSuffix("data: [DONE]\n\n"))
    let events = try stream.events
    #expect((events.last?["usage"] as? [String: Int])?["completion_tokens"] == 96)
    let parts = events.compactMap { ($0["choices"] as? [[String: Any]])?.first }
    for (index, choice) in whole.enumerated() {
      let own = parts.filter { $0["index"] as? Int == index }
      #expect(own.compactMap { $0["text"] as? String }.joined() == choice["text"] as? String)
      #expect(own.flatMap { $0["token_ids"] as? [Int] ?? [] } == choice["token_ids"] as? [Int])
      #expect(own.last?["finish_reason"] as? String == "length")
      for key in ["tokens", "text_offset", "token_logprobs"] {
        func list(_ choice: [String: Any]) -> [String] {
          ((choice["logprobs"] as? [String: Any])?[key] as? [Any] ?? []).map { "\($0)" }
        }
        #expect(own.flatMap(list) == list(choice) && !list(choice).isEmpty, "\(key)")
      }
    }
  }

  @Test func chatsAreRenderedByTheTemplate() async throws {
    let server = try ServedModel(Self.templated)
    let messages = [["role": "user", "content": "2+2?"]]
    let rendered = "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n"
    let chat = try await server.ask(
      "/v1/chat/completions",
      [
        "messages": messages, "max_completion_tokens": 6, "seed": 3, "logprobs": true,
        "return_token_ids": true,
        "user": "somebody", "presence_penalty": 0, "tools": [] as [Any], "stop": NSNull(),
      ])
    let text = try await server.ask(
      "/v1/completions", ["prompt": rendered, "max_tokens": 6, "seed": 3, "return_token_ids": true])
    let (answer, plain) = (try chat.choices[0], try text.choices[0])
    #expect(answer["token_ids"] as? [Int] == plain["token_ids"] as? [Int])
    #expect(try chat.json["prompt_token_ids"] as? [Int] == plain["prompt_token_ids"] as? [Int])
    let message = try #require(answer["message"] as? [String: Any])
    #expect(message["role"] as? String == "assistant")
    #expect(message["content"] as? String == plain["text"] as? String)
    let content = (answer["logprobs"] as? [String: Any])?["content"] as? [[String: Any]]
    #expect(content?.count == 6 && content?.allSatisfy { $0["logprob"] is Double } == true)
    let tokens = try await server.ask("/tokenize", ["messages": messages])
    #expect(try tokens.json["tokens"] as? [Int] == plain["prompt_token_ids"] as? [Int])
    let stream = try await server.ask(
      "/v1/chat/completions",
      ["messages": messages, "max_tokens": 6, "seed": 3, "stream": true])
    let deltas = try stream.events.compactMap {
      (($0["choices"] as? [[String: Any]])?.first?["delta"] as? [String: Any])?["content"] as? String
    }
    #expect(deltas.joined() == plain["text"] as? String)
  }

  @Test func stopsEndTheText() async throws {
    let server = try ServedModel(Self.model)
    let body: [String: Any] = ["prompt": "ab", "max_tokens": 40, "seed": 5, "return_token_ids": true]
    let whole = try await server.ask("/v1/completions", body).choices[0]
    let text = try #require(whole["text"] as? String)
    let stop = try #require(text.unicodeScalars.dropFirst(4).first { $0.isASCII })
    let ended = try await server.ask("/v1/completions", body.merging(["stop": [String(stop)]]) { $1 })
      .choices[0]
    #expect(ended["text"] as? String == String(text.unicodeScalars.prefix { $0 != stop }))
    #expect(ended["finish_reason"] as? String == "stop" && whole["finish_reason"] as? String == "length")
  }

  @Test func theTokenizerHasVLLMsForm() async throws {
    let server = try ServedModel(Self.model)
    let tokens = try await server.ask("/tokenize", ["prompt": "é", "return_token_strs": true]).json
    #expect(tokens["count"] as? Int == 2)
    #expect(tokens["token_strs"] as? [String] == ["bytes:\\xc3", "bytes:\\xa9"])
    let ids = try #require(tokens["tokens"] as? [Int])
    #expect(try await server.ask("/detokenize", ["tokens": ids]).json["prompt"] as? String == "é")
    // Half a code point is still JSON.
    #expect(
      try await server.ask("/detokenize", ["tokens": [ids[0]]]).json["prompt"] as? String == "\u{FFFD}")
  }

  @Test func sigtermEndsWithZeroAndSigintWith130() async throws {
    #expect(try ServedModel(Self.model).stop().status == 0)
    let server = try ServedModel(Self.model)
    #expect(try await server.ask("/health").status == 200)
    let result = try server.stop(by: SIGINT)
    #expect(result.status == 130)
    #expect(result.errors.hasPrefix("polya serve: GET /health 200, "), "\(result.errors)")
  }
}

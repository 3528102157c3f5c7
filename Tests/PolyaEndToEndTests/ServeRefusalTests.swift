import Foundation
import PolyaTestSupport
import Testing

/// What `polya serve` refuses, and how it says so.
@Suite(.enabled(if: ServedModel.isPossible, "no libmicrohttpd: install libmicrohttpd-dev and build again"))
struct ServeRefusalTests {
  private static let model = ServeTests.model

  /// The body, the status, and the field that the error names.
  private static let wrong: [(String, Int, String?)] = [
    ("{", 400, nil), ("[]", 400, nil), ("", 400, nil), (#"{"prompt":"a","prompt":"b"}"#, 400, nil),
    ("{}", 400, "prompt"), (#"{"prompt":[]}"#, 400, "prompt"), (#"{"prompt":""}"#, 400, "prompt"),
    (#"{"prompt":[1,"a"]}"#, 400, "prompt"), (#"{"prompt":[999999]}"#, 400, "prompt"),
    (#"{"prompt":[-1]}"#, 400, "prompt"), (#"{"prompt":{"a":1}}"#, 400, "prompt"),
    (#"{"prompt":"a","max_tokens":-1}"#, 400, "max_tokens"),
    (#"{"prompt":"a","max_tokens":1e30}"#, 400, "max_tokens"),
    (#"{"prompt":"a","temperature":-1}"#, 400, "temperature"),
    (#"{"prompt":"a","temperature":1e-9}"#, 400, "temperature"),
    (#"{"prompt":"a","top_p":0}"#, 400, "top_p"), (#"{"prompt":"a","top_p":"1"}"#, 400, "top_p"),
    (#"{"prompt":"a","min_p":2}"#, 400, "min_p"), (#"{"prompt":"a","n":0}"#, 400, "n"),
    (#"{"prompt":"a","n":1e9}"#, 400, "n"), (#"{"prompt":["a","b","c","d","e"],"n":1000}"#, 400, "n"),
    (#"{"prompt":"a","seed":1.5}"#, 400, "seed"), (#"{"prompt":"a","stop":[""]}"#, 400, "stop"),
    (#"{"prompt":"a","logprobs":2}"#, 400, "logprobs"), (#"{"prompt":"a","best_of":2}"#, 400, "best_of"),
    (#"{"prompt":"a","logit_bias":{"1":1}}"#, 400, "logit_bias"),
    (#"{"prompt":"a","presence_penalty":0.5}"#, 400, "presence_penalty"),
    (#"{"prompt":"a","suffix":"b"}"#, 400, "suffix"), (#"{"prompt":"a","temprature":1}"#, 400, "temprature"),
    (#"{"prompt":"a","model":"other"}"#, 404, "model"),
  ]

  @Test func wrongRequestsAreRefusedByTheNameOfTheField() async throws {
    let server = try ServedModel(Self.model)
    for (body, status, field) in Self.wrong {
      let answer = try await server.client.send("/v1/completions", Data(body.utf8))
      #expect(answer.status == status, "\(body): \(answer.text)")
      #expect(try answer.error["param"] as? String == field, "\(body): \(answer.text)")
      #expect(try answer.error["type"] as? String == "invalid_request_error")
      let message = try #require(try answer.error["message"] as? String)
      if let field { #expect(message.contains("'\(field)'") || status == 404, "\(message)") }
    }
    let name = try await server.ask(
      "/v1/completions", ["prompt": "a", String(repeating: "k", count: 1 << 20): 1])
    #expect(name.status == 400 && name.text.utf8.count < 2000)
    let long = try await server.ask("/v1/completions", ["prompt": String(repeating: "a", count: 512)])
    #expect(try long.error["code"] as? String == "context_length_exceeded")
  }

  @Test func wrongChatsAreRefused() async throws {
    let server = try ServedModel(Self.model)
    for (body, field) in [
      (#"{"messages":[]}"#, "messages"), (#"{"messages":[{"role":"user"}]}"#, "messages[0].content"),
      (#"{"messages":[{"role":"assistant","content":"a"}]}"#, "messages"),
      (#"{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#, "messages[0].content[0].type"),
      (#"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function"}]}"#, "tools"),
      (#"{"messages":[{"role":"user","content":"a"}],"top_logprobs":1}"#, "top_logprobs"),
      (
        #"{"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_object"}}"#,
        "response_format"
      ),
      (
        #"{"messages":[{"role":"user","content":"a"}],"max_tokens":1,"max_completion_tokens":2}"#,
        "max_completion_tokens"
      ),
    ] {
      let answer = try await server.client.send("/v1/chat/completions", Data(body.utf8))
      #expect(answer.status == 400, "\(body): \(answer.text)")
      #expect(try answer.error["param"] as? String == field, "\(body): \(answer.text)")
    }
  }

  @Test func pathsMethodsAndTypes() async throws {
    let server = try ServedModel(Self.model)
    #expect(try await server.ask("/v1/nothing").status == 404)
    #expect(try await server.ask("/v1/completions").status == 405)
    #expect(try await server.ask("/v1/models", [:]).status == 405)
    #expect(try await server.ask("/v1/completions", ["prompt": "a"], type: "text/plain").status == 415)
  }

  @Test func largeBodiesAreRefusedAndForgotten() async throws {
    let server = try ServedModel(Self.model + ["--max-body", "1000"])
    let text = String(repeating: "a", count: 4 << 20)
    #expect(try await server.ask("/v1/completions", ["prompt": text]).status == 413)
    #expect(try await server.ask("/v1/completions", ["prompt": "a"]).status == 200)
  }

  @Test func theTokenIsAskedForAndNotLogged() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("token", "sesame-1\nnot this\n")
    let (fromFile, fromVariable) = (
      try ServedModel(Self.model + ["--token-file", file]),
      try ServedModel(Self.model + ["--token-env", "SERVE_TOKEN"], environment: ["SERVE_TOKEN": "sesame-1"])
    )
    for server in [fromFile, fromVariable] {
      for token in [nil, "sesame-2", "sesame-1x", ""] {
        for path in ["/v1/models", "/v1/nothing"] {
          let answer = try await server.ask(path, token: token)
          #expect(answer.status == 401)
          #expect(try answer.error["code"] as? String == "invalid_api_key")
        }
        #expect(try await server.ask("/v1/completions", ["prompt": "a"], token: token).status == 401)
      }
      #expect(try await server.ask("/health").status == 200)
      #expect(try await server.ask("/v1/models", token: "sesame-1").status == 200)
      #expect(!(try server.stop().errors.contains("sesame")))
    }
  }

  @Test func startsOnlyWithASoundSetup() throws {
    let folder = try TemporaryFolder()
    let empty = try folder.write("empty", "\n")
    for (words, status, message) in [
      (["--host", "0.0.0.0"], 2, "other machines could reach 0.0.0.0, and nothing would protect the model"),
      (["--host", "::"], 2, "other machines could reach ::"),
      (["--host", "no such host"], 2, "cannot listen at"),
      (["--token-file", empty], 2, "the token must be visible ASCII"),
      (["--token-env", "POLYA_NO_SUCH_VARIABLE"], 2, "is not set"),
      (["--port", "70000"], 2, "--port must be an integer from 0 to 65535"),
    ] as [([String], Int32, String)] {
      let port = words.contains("--port") ? [] : ["--port", "0"]
      let result = try Command.polya(["serve"] + port + words + Self.model)
      #expect(result.status == status && result.errors.contains(message), "\(words): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let server = try ServedModel(Self.model)
    let second = try Command.polya(["serve", "--port", "\(server.port)"] + Self.model)
    #expect(second.status == 2 && second.errors.contains("Address already in use"), "\(second.errors)")
  }
}

import Foundation
import PolyaTestSupport
import Testing

/// Clients that nobody here wrote: the openai package and lm_eval, of a Python that has them.
@Suite(.enabled(if: ServedModel.isPossible, "no libmicrohttpd: install libmicrohttpd-dev and build again"))
struct ServeClientTests {
  /// `$POLYA_TORCH_PYTHON`, or python3. `$POLYA_CHECKPOINT` names a checkpoint in the layout of transformers; a tiny one is
  /// made without it.
  @Test func lmEvalAndOpenAIAgree() throws {
    let environment = ProcessInfo.processInfo.environment
    let python = environment["POLYA_TORCH_PYTHON"] ?? "python3"
    let script = Repository.root.appending(path: "Tests/Fixtures/serve/clients.py").path
    let polya = Repository.products.appending(path: "polya").path
    let folder = environment["POLYA_CHECKPOINT"].map { [$0] } ?? []
    let result = try Command.run("/usr/bin/env", [python, script, polya] + folder)
    guard result.status != 77 else {
      return print(
        "\(result.output)no Python with openai, lm_eval[api], torch and transformers: set POLYA_TORCH_PYTHON")
    }
    #expect(result.status == 0, "\(result.output)\(result.errors.suffix(3000))")
    print(result.output)
  }
}

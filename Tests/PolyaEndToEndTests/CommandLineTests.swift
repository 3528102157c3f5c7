import Foundation
import PolyaTestSupport
import Testing

/// The command line as a user meets it.
struct CommandLineTests {
  @Test func helpNamesEveryCommand() throws {
    let result = try Command.polya(["--help"])
    #expect(result.status == 0)
    for verb in [
      "run", "plan", "doctor", "report", "why", "plugin list", "plugin describe", "plugin help", "plugin new",
      "reward score",
      "strategy try", "model info", "model generate", "model score", "model tokenize", "data stats",
      "data head",
      "bench", "serve",
    ] {
      #expect(result.output.contains("  \(verb) "), "\(verb)")
      #expect(try Command.polya(["help"] + verb.split(separator: " ").map(String.init)).status == 0)
    }
  }

  @Test(
    arguments: [
      (["rnu"], 2, "there is no command 'rnu'; did you mean 'run'?"),
      (["plugin", "lst"], 2, "did you mean 'plugin list'?"),
      (["run"], 2, "a manifest or the folder of a run is missing"),
      (["run", "x.json5", "--stge", "a"], 2, "unknown option '--stge'; did you mean '--stage'?"),
      (["run", "/nowhere/x.json5"], 1, "/nowhere/x.json5: cannot be read: No such file or directory"),
      (["reward", "score", "--use", "polya.math-anser"], 3, "did you mean 'polya.math-answer'?"),
      (["reward", "score", "--use", "./missing.so"], 3, "is missing: there is no file"),
      (["model", "info", "--option", "shape=huge"], 2, "must be one of 'tiny'"),
      (["model", "info", "--option", "folder=/nowhere"], 3, "/nowhere"),
    ] as [([String], Int32, String)])
  func mistakesHaveTheirExitCodeAndOneSentence(arguments: [String], status: Int32, message: String) throws {
    let result = try Command.polya(arguments)
    #expect(result.status == status)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  @Test func stdoutIsDataOnly() throws {
    let rows = #"{"id":1,"completion":"it is \\boxed{50%}","reference":"0.5","reference_kind":"math"}"# + "\n"
    let result = try Command.polya(["reward", "score", "--use", "polya.math-answer"], input: rows)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    let line = try #require(result.output.split(separator: "\n").first)
    let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(json["score"] as? Double == 1)
    #expect(json["outcome"] as? String == "right")
    #expect(json["extracted"] as? String == "50%")
  }
}

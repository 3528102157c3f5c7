import Foundation
import PolyaTestSupport
import Testing

/// Help at every level, completions, errors as JSON, and what plugins say of their instances.
struct HelpTests {
  private let polya = Repository.products.appending(path: "polya").path

  /// The commands that the overview lists.
  private func commands() throws -> [String] {
    let lines = try Command.polya(["--help"]).output.split(separator: "\n").filter { $0.hasPrefix("  ") }
    return lines.map { line in
      String(line.dropFirst(2)).components(separatedBy: "  ")[0]
    }
  }

  @Test func everyCommandExplainsItselfInEveryWay() throws {
    let commands = try commands()
    #expect(commands.count > 20)
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      let help = try Command.polya(words + ["--help"])
      #expect(help.status == 0 && help.errors.isEmpty)
      #expect(help.output.hasPrefix("polya \(command) [OPTION]…"))
      for option in ["--json", "--help"] { #expect(help.output.contains("  \(option) ")) }
      for other in [words + ["-h"], ["help"] + words, words + ["--bogus", "--help"]] {
        #expect(try Command.polya(other).output == help.output, "\(other)")
      }
      // Every option has a line, and every line a text.
      for line in help.output.split(separator: "\n") where line.hasPrefix("  --") {
        #expect(line.split(separator: " ").count > 2, "\(line)")
      }
      let wrong = try Command.polya(words + ["--bogus-option"])
      #expect(
        wrong.status == 2 && wrong.errors.contains("unknown option '--bogus-option'"), "\(wrong.errors)")
    }
  }

  @Test func groupsListTheirCommands() throws {
    for group in Set(try commands().filter { $0.contains(" ") }.map { String($0.split(separator: " ")[0]) }) {
      for words in [[group], [group, "--help"], [group, "-h"], ["help", group]] {
        let result = try Command.polya(words)
        #expect(result.status == 0 && result.errors.isEmpty, "\(words)")
        for command in try commands() where command.hasPrefix(group + " ") {
          #expect(result.output.contains("  \(command) "), "\(words)")
        }
      }
      let wrong = try Command.polya([group, "bogus"])
      #expect(wrong.status == 2 && wrong.errors.contains("there is no command '\(group) bogus'"))
    }
  }

  @Test func theVersionIsSaid() throws {
    let version = try Command.polya(["--version"])
    #expect(version.status == 0 && version.output.hasPrefix("polya "))
    #expect(try Command.polya(["-V"]).output == version.output)
  }

  @Test(
    arguments: [
      (["plan", "--stage"], "--stage needs a value: --stage NAME"),
      (["plan", "--stage", "--runs"], "--stage needs a value"),
      (["plan", "--json=1"], "--json takes no value"),
      (["plan", "a", "b"], "unexpected 'b'"),
      (["plan", "--runs", "a", "--runs", "b"], "--runs is given more than once"),
      (["model", "generate", "--samples", "0"], "--samples must be an integer from 1 to 100000, not '0'"),
      (["model", "generate", "--temperature", "hot"], "--temperature must be a number, not 'hot'"),
      (["bench", "--only", "trainig"], "did you mean 'training'?"),
      (["plugin", "check", "--rules", "--seed", "1"], "--seed has no effect with the other arguments"),
      (["completions", "csh"], "there are no completions for 'csh'"),
      (["data", "head", "-x"], "unknown option '-x'"),
      (["reward", "score", "--use", "polya.math-answer", "--isolation", "hots"], "did you mean 'host'?"),
    ] as [([String], String)])
  func wrongOptionsAreNamed(words: [String], message: String) throws {
    let result = try Command.polya(words)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func whatFollowsTwoHyphensIsNoOption() throws {
    let folder = try TemporaryFolder()
    try folder.write("--json", "{\"a\":1}\n")
    let result = try Command.run(polya, ["data", "head", "--", "--json"], folder: folder.url)
    #expect(result.status == 0 && result.output == "{\"a\":1}\n", "\(result)")
  }

  @Test func failuresAreJSONWhereItIsAskedFor() throws {
    let folder = try TemporaryFolder()
    try folder.write("bad.json5", "{ polya: 1, stags: {} }")
    for (words, code, status) in [
      (["run", "nowhere.json5"], "file", 1), (["plan", "bad.json5"], "configuration", 2),
      (["plan", "."], "configuration", 2), (["serve"], "configuration", 2), (["rnu"], "configuration", 2),
      (["plan", "--bogus"], "configuration", 2),
      (["plugin", "help", "polya.nothing"], "plugin", 3),
      (["plugin", "lock", "bad.json5"], "configuration", 2),
      (["report", "bad.json5"], "configuration", 2), (["data", "verify", "bad.json5"], "corrupt", 1),
    ] as [([String], String, Int32)] {
      let result = try Command.run(polya, words + ["--json"], folder: folder.url)
      #expect(result.status == status, "\(words): \(result)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 1, "\(result.output)")
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let error = try #require(json["error"] as? [String: Any])
      #expect(error["code"] as? String == code, "\(words)")
      #expect(Set(error.keys) == ["code", "message", "place", "hint"])
      #expect(!result.errors.isEmpty)
    }
  }

  @Test func lockAndReportAnswerInJSON() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "m.json5",
      "{ polya: 1, run: { name: 'm' }, plugins: { a: { use: 'polya.math-answer' } }, tasks: {}, stages: {} }")
    let lock = try Command.run(polya, ["plugin", "lock", "m.json5", "--json"], folder: folder.url)
    #expect(lock.status == 0 && lock.errors.isEmpty, "\(lock)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(lock.output.utf8)) as? [String: Any])
    #expect(json["lock"] as? String == folder.path("m.lock.json"))
    #expect(((json["plugins"] as? [[String: Any]])?.first?["sha256"] as? String)?.count == 64)
    #expect(try Command.run(polya, ["run", "m.json5"], folder: folder.url).status == 0)
    let report = try Command.run(polya, ["report", "m.json5", "--json"], folder: folder.url)
    #expect(report.output == "{\"report\":\"\(folder.path("runs/m/report.html"))\"}\n", "\(report)")
  }

  /// What bash would offer for the words, the last of which is being typed.
  private func bash(_ words: [String]) throws -> Set<String> {
    let line = """
      set -eu; source <("$polya" completions bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _polya
      ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
      """
    let result = try Command.run(
      "/usr/bin/env", ["bash", "-c", line, "bash"] + words, environment: ["polya": polya])
    #expect(result.status == 0 && result.errors.isEmpty, "\(words): \(result.errors)")
    return Set(result.output.split(separator: "\n").map(String.init))
  }

  @Test func bashCompletesCommandsAndOptions() throws {
    let commands = try commands()
    let firsts = Set(commands.map { String($0.split(separator: " ")[0]) })
    #expect(try bash(["polya", ""]).isSuperset(of: firsts))
    #expect(try bash(["polya", "da"]) == ["data"])
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      // The options of the help, and no others.
      let help = try Command.polya(words + ["--help"]).output.split(separator: "\n").filter {
        $0.hasPrefix("  --")
      }
      let options = Set(help.map { String($0.split(separator: " ")[0]) })
      #expect(try bash(["polya"] + words + ["--"]) == options, "\(command)")
      if words.count == 2 { #expect(try bash(["polya", words[0], words[1]]).contains(words[1])) }
    }
    #expect(
      try bash(["polya", "data", "convert", "--format", "mu"]) == ["multipl-e", "musr", "multiple-choice"])
    #expect(try bash(["polya", "plugin", "new", "--lang", ""]) == ["c", "cpp", "rust", "swift", "python"])
    #expect(try bash(["polya", "completions", ""]) == ["bash", "zsh", "fish"])
    #expect(try bash(["polya", "plan", "--runs", ""]).isEmpty)
  }

  @Test(arguments: ["zsh", "fish"])
  func otherShellsAcceptTheirScripts(shell: String) throws {
    let script = try Command.polya(["completions", shell])
    #expect(script.status == 0 && script.output.contains("reward") && script.output.contains("max-tokens"))
    guard try Toolchain.has(shell) else { return }
    let folder = try TemporaryFolder()
    let file = try folder.write("completions", script.output)
    let check = try Command.run("/usr/bin/env", [shell, "-n", file])
    #expect(check.status == 0, "\(check.errors)")
  }

  @Test func helpOfAPluginShowsWhatItHas() throws {
    let tasks = try Command.polya(["plugin", "help", "polya.word-arithmetic"]).output
    for word in [
      "Splits:", "train", "ood", "unlike the training split", "Heuristics it can demonstrate:",
    ] {
      #expect(tasks.contains(word), "\(word)")
    }
    let strategy = try Command.polya(["plugin", "help", "polya.heuristics", "--option", "only=[\"plain\"]"])
      .output
    #expect(
      strategy.contains("Heuristics:") && strategy.contains("  plain ") && !strategy.contains("  analogy "))
    let reward = try Command.polya(["plugin", "help", "polya.shape"])
    let known = try Command.polya(["plugin", "help", "polya.math-answer"]).output
    #expect(known.contains("Scores: 0.0 to 1.0"))
    #expect(reward.status == 0 || reward.status == 3)
    // What cannot be made as it is configured is explained all the same.
    let python = try Command.polya(["plugin", "help", "polya.python-reward"])
    #expect(python.status == 0 && python.output.contains("What it offers cannot be shown"), "\(python)")
    let json = try Command.polya(["plugin", "help", "polya.word-arithmetic", "--json"]).output
    let plugin = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let splits = try #require(plugin["splits"] as? [[String: Any]])
    #expect(
      splits.contains { $0["name"] as? String == "train" && $0["out_of_distribution"] as? Bool == false })
  }

  @Test func tasksOfASourceAreRows() throws {
    func show(_ options: String...) throws -> CommandResult {
      try Command.polya(["tasks", "show", "--use", "polya.word-arithmetic"] + options)
    }
    let five = try show("--split", "train")
    #expect(five.status == 0 && five.output.split(separator: "\n").count == 5, "\(five.errors)")
    // The same task wherever the range begins, also beyond a batch.
    let many = try show("--split", "train", "--count", "1500").output.split(separator: "\n")
    #expect(many.count == 1500 && Array(many[..<5]) == five.output.split(separator: "\n"))
    let last = try show("--split", "train", "--first", "1499", "--count", "1").output
    #expect(last == String(many[1499]) + "\n")
    let folder = try TemporaryFolder()
    let file = try folder.write("tasks.jsonl", five.output)
    #expect(try Command.polya(["data", "verify", "--format", "polya", file]).output.contains("5 tasks"))
    #expect(try show("--split", "trian").errors.contains("did you mean 'train'?"))
    #expect(try show().errors.contains("--split is missing"))
    #expect(try show("--split", "train", "--first", "9007199254740992").status == 0)
    for first in ["9007199254740993", "9223372036854775807", "18446744073709551616", "-1"] {
      #expect(try show("--split", "train", "--first", first).status == 2, "\(first)")
    }
  }
}

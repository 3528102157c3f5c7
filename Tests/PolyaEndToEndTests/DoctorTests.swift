import Foundation
import PolyaTestSupport
import Testing

/// `polya doctor` makes every plugin, opens every task set, and names what is wrong before anything runs.
struct DoctorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func doctor(_ plugins: String, tasks: String = "") throws -> CommandResult {
    let file = try folder.write(
      "m.json5", "{ polya: 1, run: { name: 'm' }, plugins: { \(plugins) }, tasks: { \(tasks) }, stages: {} }")
    return try Command.polya(["doctor", file], folder: folder.url)
  }

  /// A new mistake is a line here: plugins, tasks, and a part of what is said.
  @Test(arguments: [
    ("r: { use: 'polya.python-reward', options: { file: 'none.py' } }", "", "none.py"),
    ("r: { use: 'polya.python-reward', options: { file: 'broken.py' } }", "", "SyntaxError"),
    ("r: { use: 'polya.python-reward', options: { module: 'no_such_module' } }", "", "no_such_module"),
    ("r: { use: 'polya.python-reward', options: { file: 'empty.py', function: 'missing' } }", "", "missing"),
    ("m: { use: 'polya.transformer', options: { folder: 'nowhere' } }", "", "nowhere"),
    ("m: { use: 'polya.transformer', options: { shape: 'custom' } }", "", "'m'"),
    (
      "w: { use: 'polya.word-arithmetic' }", "t: { from: 'w', split: 'tran', count: 3 }",
      "did you mean 'train'?"
    ),
    ("", "t: { path: 'two.jsonl', format: 'gsm8k', count: 3 }", "has 2 tasks, but 3 are needed"),
    ("", "t: { path: 'none.jsonl', format: 'gsm8k' }", "tasks.t, "),
    ("", "t: { path: 'empty.jsonl', format: 'gsm8k' }", "tasks.t"),
    ("", "t: { path: 'broken.jsonl', format: 'gsm8k' }", "tasks.t"),
  ]) func everyMistakeIsNamedBeforeARun(_ plugins: String, _ tasks: String, _ said: String) throws {
    try folder.write("empty.py", "x = 1\n")
    try folder.write("broken.py", "def reward(:\n")
    let row = #"{"question":"1+1?","answer":"2\n#### 2"}"# + "\n"
    try folder.write("two.jsonl", row + row)
    try folder.write("empty.jsonl", "")
    try folder.write("broken.jsonl", row + "{\n")
    let result = try doctor(plugins, tasks: tasks)
    #expect([1, 2, 3].contains(result.status), "\(result.output)\(result.errors)")
    #expect(result.errors.contains(said), "\(result.errors)")
    #expect(result.errors.contains("1 problem found"), "\(result.errors)")
  }

  @Test func aSoundManifestIsShownWithWhereEachPluginRuns() throws {
    let plugins =
      "w: { use: 'polya.word-arithmetic' }, a: { use: 'polya.math-answer' }, c: { use: 'polya.code-tests' }"
    let result = try doctor(plugins, tasks: "t: { from: 'w', split: 'train', count: 3 }")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("no problems found"))
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("a ") && $0.hasSuffix("in the host") }, "\(result.output)")
    #expect(
      lines.contains { $0.hasPrefix("c ") && $0.hasSuffix("out of process") }, "\(result.output)")
    let json = try Command.polya(["doctor", folder.path("m.json5"), "--json"], folder: folder.url)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any], "\(json.output)")
    #expect((object["plugins"] as? [[String: Any]])?.map { $0["name"] as? String } == ["w", "a", "c"])
    #expect((object["tasks"] as? [[String: Any]])?.first?["count"] as? Int == 3)
    #expect((object["problems"] as? [Any])?.isEmpty == true)
  }
}

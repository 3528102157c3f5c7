package import PolyaCore

/// A prompt and what the model should say to it.
package struct TrainingRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  package var id: String
  /// The task's key.
  package var task: String
  /// The whole prompt as text.
  package var prompt: String
  /// The target as text.
  package var completion: String
  /// The target as the model sampled it, end token included; empty when it was not sampled.
  package var tokens: [Int32]
  /// The heuristic that led to it.
  package var heuristic: String
  /// Records it was made from.
  package var parents: [String]

  /// A training example.
  package init(
    id: String, task: String, prompt: String, completion: String, tokens: [Int32], heuristic: String,
    parents: [String]
  ) {
    self.id = id
    self.task = task
    self.prompt = prompt
    self.completion = completion
    self.tokens = tokens
    self.heuristic = heuristic
    self.parents = parents
  }

  /// The stored form.
  package var json: JSON {
    RecordKind.training.form([
      "id": .string(id), "task": .string(task), "prompt": .string(prompt), "completion": .string(completion),
      "tokens": .array(tokens.map { JSON($0) }), "heuristic": .string(heuristic),
      "parents": .array(parents.map { .string($0) }),
    ])
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .training)
    self.init(
      id: try fields.string("id"), task: try fields.string("task"), prompt: try fields.string("prompt"),
      completion: try fields.string("completion"), tokens: try fields.tokens("tokens"),
      heuristic: try fields.string("heuristic"), parents: try fields.strings("parents"))
  }
}

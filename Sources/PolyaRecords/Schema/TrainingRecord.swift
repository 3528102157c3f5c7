package import PolyaCore

/// A training example: a prompt and the target that the model should learn.
package struct TrainingRecord: Sendable, Equatable {
  /// An id "KEY:number", unique over all runs.
  package var id: String
  /// The key of the task.
  package var task: String
  /// The whole prompt as text.
  package var prompt: String
  /// The target as text.
  package var completion: String
  /// The token ids of the target as sampled, including an end token; empty if it was not sampled.
  package var tokens: [Int32]
  /// The heuristic that led to the target.
  package var heuristic: String
  /// The ids of the records that it was made from.
  package var parents: [String]

  /// Creates a training example.
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

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .training)
    self.init(
      id: try fields.string("id"), task: try fields.string("task"), prompt: try fields.string("prompt"),
      completion: try fields.string("completion"), tokens: try fields.tokens("tokens"),
      heuristic: try fields.string("heuristic"), parents: try fields.strings("parents"))
  }
}

public import PolyaCore

/// One attempt at a task by a heuristic, with everything that was said of it. Losers are kept.
public struct CandidateRecord: Sendable, Equatable {
  /// What became of the attempt.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The verifier scored it as right.
    case verified
    /// The verifier scored it as wrong.
    case wrong
    /// The verifier could not tell.
    case abstained
    /// The verifier failed on it, or the strategy gave up.
    case failed
  }

  /// "KEY:number", unique over all runs.
  public var id: String
  /// What was asked.
  public var task: Task
  /// The strategy's plugin id.
  public var strategy: String
  /// The heuristic's id.
  public var heuristic: String
  /// Which of the samples of this (task, heuristic).
  public var sample: Int
  /// What the model saw last.
  public var prompt: String
  /// The solution, as the strategy took it out of the completion.
  public var answer: String
  /// What the model said last, end token included; empty when the answer is something else.
  public var tokens: [Int32]
  /// Why sampling ended.
  public var finish: String
  /// What the verifier said.
  public var outcome: Outcome
  /// The verifier's score; nil without a verdict.
  public var score: Double?
  /// What was taken for the final answer.
  public var extracted: String
  /// The verifier's remarks, or why it failed.
  public var notes: [String]
  /// How well the answer follows its heuristic, 0...1; nil when nobody was asked or could tell.
  public var adherence: Double?
  /// Seed of the sampling.
  public var seed: UInt64
  /// Checkpoint or plugin that sampled it.
  public var model: String
  /// Whether the strategy saw a verdict before it answered, so that another verifier would have led elsewhere.
  public var wasTried = false

  /// A candidate.
  public init(
    id: String, task: Task, strategy: String, heuristic: String, sample: Int, prompt: String, answer: String,
    tokens: [Int32], finish: String, outcome: Outcome, score: Double?, extracted: String, notes: [String],
    adherence: Double?, seed: UInt64, model: String
  ) {
    self.id = id
    self.task = task
    self.strategy = strategy
    self.heuristic = heuristic
    self.sample = sample
    self.prompt = prompt
    self.answer = answer
    self.tokens = tokens
    self.finish = finish
    self.outcome = outcome
    self.score = score
    self.extracted = extracted
    self.notes = notes
    self.adherence = adherence
    self.seed = seed
    self.model = model
  }

  /// The stored form.
  public var json: JSON {
    var members: JSON.Members = [
      "id": .string(id), "task": task.json, "strategy": .string(strategy), "heuristic": .string(heuristic),
      "sample": JSON(sample), "prompt": .string(prompt), "answer": .string(answer),
      "tokens": .array(tokens.map { JSON($0) }), "finish": .string(finish),
      "outcome": .string(outcome.rawValue),
      "score": score.map { JSON($0) } ?? .null, "extracted": .string(extracted),
      "notes": .array(notes.map { .string($0) }), "adherence": adherence.map { JSON($0) } ?? .null,
      "seed": .string(String(seed, radix: 16)), "model": .string(model),
    ]
    if wasTried { members["tried"] = .bool(true) }
    return .object(members)
  }

  /// Reads the stored form.
  public init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "candidate")
    guard let outcome = Outcome(rawValue: try fields.string("outcome")),
      let seed = UInt64(try fields.string("seed"), radix: 16)
    else {
      throw PolyaError(.corrupt, "the candidate \(try fields.string("id")) has no valid outcome or seed")
    }
    self.init(
      id: try fields.string("id"), task: try Task(try fields.object("task")),
      strategy: try fields.string("strategy"),
      heuristic: try fields.string("heuristic"), sample: try fields.integer("sample"),
      prompt: try fields.string("prompt"), answer: try fields.string("answer"),
      tokens: try fields.tokens("tokens"),
      finish: try fields.string("finish"), outcome: outcome, score: fields.optionalReal("score"),
      extracted: try fields.string("extracted"), notes: try fields.strings("notes"),
      adherence: fields.optionalReal("adherence"), seed: seed, model: try fields.string("model"))
    wasTried = json["tried"] == .bool(true)
  }
}

extension Task {
  /// The stored form.
  public var json: JSON {
    var members: JSON.Members = [
      "key": .string(key), "question": .string(question), "reference": .string(reference),
      "reference_kind": .string(referenceKind), "kind": .string(kind), "level": JSON(level),
    ]
    if !metaJSON.isEmpty { members["meta"] = .string(metaJSON) }
    if let place {
      members["split"] = .string(place.split)
      members["index"] = JSON(place.index)
      members["seed"] = .string(String(place.seed, radix: 16))
    }
    return .object(members)
  }

  /// Reads the stored form.
  public init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "task")
    var place: Place?
    if json["split"] != nil {
      guard let seed = UInt64(try fields.string("seed"), radix: 16) else {
        throw PolyaError(.corrupt, "the task \(try fields.string("key")) has no valid seed")
      }
      place = Place(split: try fields.string("split"), index: try fields.integer("index"), seed: seed)
    }
    self.init(
      key: try fields.string("key"), question: try fields.string("question"),
      reference: try fields.string("reference"), referenceKind: try fields.string("reference_kind"),
      kind: try fields.string("kind"), level: try fields.real("level"), metaJSON: json["meta"]?.string ?? "",
      place: place)
  }
}

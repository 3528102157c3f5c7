package import PolyaCore

/// The entry `run`.
package struct RunEntry: Sendable {
  let name: String
  let seed: UInt64
  let template: PromptTemplate
  let maxUnscored: Double
  let checkpointMinutes: Double

  private enum Key {
    static let name = Setting.string("name", "The run's name, which its folder has too.")
    static let seed = Setting.integer("seed", in: 0...Int.max, "The seed of all randomness.").standard(0)
    static let prompt = Setting.string(
      "prompt", "How a bare question becomes a prompt; {question} stands for it."
    ).standard(PromptTemplate.standard.prompt)
    static let target = Setting.string(
      "target", "How a solution becomes the text to learn after the prompt; {solution} stands for it."
    ).standard(PromptTemplate.standard.target)
    static let maxUnscored = Setting.real(
      "max-unscored", in: 0...1, "The share of rows without a verdict above which a stage stops."
    ).standard(0.1).formerly("maximum-missing")
    static let checkpointMinutes = Setting.real(
      "checkpoint-minutes", in: 0...1e6, "Minutes of training that an interruption may cost."
    ).standard(5)
  }

  /// The keys of the entry.
  package static let settings: [any DeclaredSetting] = [
    Key.name, Key.seed, Key.prompt, Key.target, Key.maxUnscored, Key.checkpointMinutes,
  ]

  init(_ run: ObjectReader) throws {
    seed = UInt64(try run.read(Key.seed))
    template = try PromptTemplate(prompt: try run.read(Key.prompt), target: try run.read(Key.target))
    maxUnscored = try run.read(Key.maxUnscored)
    checkpointMinutes = try run.read(Key.checkpointMinutes)
    let given = Result { try run.read(Key.name) }
    try run.finish()
    name = try given.get()
    try ManifestNames.check(name, at: "run.name")
  }
}

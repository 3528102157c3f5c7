internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

extension TrainStage: PreviewableStage {
  /// Shows one example as it is trained on: the prompt, and the target that gives the loss.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    let all = try records(context)
    try wanted.checkHeuristics(among: Set(all.map(\.heuristic)).sorted())
    let records = wanted.heuristics.isEmpty ? all : all.filter { wanted.heuristics.contains($0.heuristic) }
    let record = try wanted.row(of: records, "example")
    let model = try context.model(wanted.model ?? model).model
    let (sequences, _) = try TokenSequence.examples([record], for: model, template: context.template)
    guard let sequence = sequences.first else {
      throw PolyaError(.run, "the example \(record.id) is longer than the model's context and is left out")
    }
    let target = Preview.Reply(tokens: Array(sequence.tokens[sequence.from...]), finish: "")
    return [
      Preview(
        title: "\(record.heuristic) (\(record.id))", question: record.prompt, model: model,
        messages: [Message(role: "user", content: record.prompt)],
        prompt: Array(sequence.tokens[..<sequence.from]), replies: [target])
    ]
  }
}

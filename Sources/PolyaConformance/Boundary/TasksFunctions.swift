internal import CPolya

extension WorkFunction {
  static func all(of table: PolyaTasks, _ instance: Instance) -> [WorkFunction] {
    var functions: [WorkFunction] = []
    if let produce = table.produce {
      functions.append(
        WorkFunction(
          role: .produce, inputSize: MemoryLayout<PolyaTaskRange>.size,
          outputSize: MemoryLayout<PolyaTask>.size, write: place,
          invoke: { TaskRuns.invoke(produce, instance.raw, $0, $1, $2) }, read: { task($1, $2) }))
    }
    if let demonstrate = table.demonstrate {
      functions.append(
        WorkFunction(
          role: .demonstrate, inputSize: MemoryLayout<PolyaDemonstrationItem>.size,
          outputSize: MemoryLayout<PolyaDemonstration>.size, write: demonstration,
          invoke: { demonstrate(instance.raw, $0, $1, $2) },
          read: { _, row, reader in
            reader.textRule = "tasks.demonstrations"
            let solution = reader.text(row.load(as: PolyaDemonstration.self).solution, "a solution")
            if solution.isEmpty { reader.fault("tasks.demonstrations", "a demonstration is empty") }
            return solution
          }))
    }
    return functions
  }

  private static func place(_ input: Input, _ writer: InputWriter) -> [UInt8] {
    guard case .place(let split, let index, let seed) = input else { return [] }
    return blob(PolyaTaskRange(split: writer.text(split), first: index, count: 1, seed: seed))
  }

  private static func demonstration(_ input: Input, _ writer: InputWriter) -> [UInt8] {
    guard case .demonstration(let split, let index, let seed, let heuristic) = input else { return [] }
    return blob(
      PolyaDemonstrationItem(
        item_id: index, split: writer.text(split), index: index, seed: seed, heuristic: writer.text(heuristic)
      ))
  }

  private static func task(_ row: UnsafeRawPointer, _ reader: ResultReader) -> String {
    let task = row.load(as: PolyaTask.self)
    reader.textRule = "tasks.content"
    let key = reader.text(task.key, "the key")
    let question = reader.text(task.question, "the question")
    if key.isEmpty || question.isEmpty { reader.fault("tasks.content", "a task has no key or no question") }
    if !task.level.isFinite { reader.fault("tasks.content", "the level of a task is \(task.level)") }
    let rest = [
      reader.text(task.reference, "the reference"), reader.text(task.reference_kind, "the reference kind"),
      reader.text(task.kind, "the kind"), "\(task.level)", reader.text(task.metadata_json, "the metadata"),
    ]
    // Rules about keys and questions read the first two lines again.
    return
      ([key, question].map {
        $0.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
      } + rest)
      .joined(separator: "\n")
  }
}

/// Adapts produce(), which takes a range where the other functions take rows.
private enum TaskRuns {
  typealias Produce =
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafePointer<PolyaTaskRange>?, PolyaRowsMut
    ) -> PolyaStatus

  /// Joins adjacent places into one call.
  static func invoke(
    _ produce: Produce, _ instance: OpaquePointer, _ call: UnsafePointer<PolyaCall>, _ input: PolyaRows,
    _ output: PolyaRowsMut
  ) -> PolyaStatus {
    let places = (0..<Int(input.count)).compactMap { index in
      input.base?.advanced(by: index * Int(input.stride)).load(as: PolyaTaskRange.self)
    }
    guard !places.isEmpty else {
      var nothing = PolyaTaskRange()
      return produce(instance, call, &nothing, output)
    }
    var start = 0
    while start < places.count {
      var range = places[start]
      var end = start + 1
      while end < places.count, isNext(places[end], after: range) {
        range.count += 1
        end += 1
      }
      let rows = PolyaRowsMut(
        base: output.base + start * Int(output.stride), count: range.count, stride: output.stride, zero: 0)
      let status = produce(instance, call, &range, rows)
      guard status == 0 else { return status }
      start = end
    }
    return 0
  }

  private static func isNext(_ place: PolyaTaskRange, after range: PolyaTaskRange) -> Bool {
    place.seed == range.seed && place.first == range.first &+ range.count
      && Subject.lossy(place.split) == Subject.lossy(range.split)
  }
}

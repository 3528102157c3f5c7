internal import CPolya

/// The C table of ``TaskSource``.
enum TasksTable {
  // Safety: Written once before it is visible to others, and constant afterwards.
  nonisolated(unsafe) static let pointer = permanent(
    PolyaTasks(
      struct_size: tableSize(of: PolyaTasks.self), zero: 0, describe: describe, produce: produce,
      demonstrate: demonstrate))

  private static let describe:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafeMutablePointer<PolyaTasksInfo>?
    ) -> PolyaStatus = { instance, call, out in
      serve(instance, call, as: { $0.tasks }) { source, scope in
        guard let out else { throw Failure(.badArgument, "'describe' was called without an output") }
        out.pointee.heuristics = try scope.arena.heuristics(source.heuristics)
        out.pointee.splits = try scope.arena.rows(
          source.splits.map {
            PolyaSplit(
              name: try scope.arena.text($0.name), help: try scope.arena.text($0.help),
              count: UInt64($0.count ?? 0), out_of_distribution: $0.isOutOfDistribution ? 1 : 0, zero: 0)
          })
      }
    }

  private static let produce:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafePointer<PolyaTaskRange>?, PolyaRowsMut
    ) -> PolyaStatus = { instance, call, range, output in
      serve(instance, call, as: { $0.tasks }) { source, scope in
        guard let range = range?.pointee else {
          throw Failure(.badArgument, "'produce' was called without a range")
        }
        let split = String(range.split)
        for offset in 0..<Int(clamping: range.count) {
          try scope.call.checkStop()
          let row = output.row(offset, as: PolyaTask.self)
          do {
            let place = try place(split, range.first, offset, seed: range.seed)
            try fill(row, try source.task(place, scope.call), scope.arena)
          } catch {
            row.pointee.status = try rowStatus(error, scope)
          }
          scope.call.finished(offset)
        }
      }
    }

  /// Indices are wider in the contract than in Swift.
  private static func place(_ split: String, _ first: UInt64, _ offset: Int, seed: UInt64) throws -> TaskPlace
  {
    let (sum, overflows) = first.addingReportingOverflow(UInt64(offset))
    guard !overflows, let index = Int(exactly: sum) else {
      throw Failure(
        .notFound,
        "there is no task \(offset) after index \(first) of \"\(split)\", since indices end at \(Int.max)")
    }
    return TaskPlace(split: split, index: index, seed: seed)
  }

  private static func fill(_ row: UnsafeMutablePointer<PolyaTask>, _ task: TaskItem, _ arena: Arena) throws {
    row.pointee.key = try arena.text(task.key)
    row.pointee.question = try arena.text(task.question)
    row.pointee.reference = try arena.text(task.reference)
    row.pointee.reference_kind = try arena.text(task.referenceKind)
    row.pointee.kind = try arena.text(task.kind)
    row.pointee.level = task.level
    row.pointee.metadata_json = try arena.text(task.metadataJSON)
  }

  private static let demonstrate:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut
    ) -> PolyaStatus = { instance, call, input, output in
      serve(instance, call, as: { $0.tasks }) { source, scope in
        let items = input.map(PolyaDemonstrationItem.self) { item in
          (
            String(item.heuristic),
            String(item.split), item.index, item.seed
          )
        }
        for (index, (heuristic, split, first, seed)) in items.enumerated() {
          try scope.call.checkStop()
          let row = output.row(index, as: PolyaDemonstration.self)
          do {
            let place = try place(split, first, 0, seed: seed)
            if let solution = try source.demonstrate(heuristic, of: place, scope.call) {
              row.pointee.solution = try scope.arena.text(solution)
            } else {
              row.pointee.status = .unsupported
            }
          } catch {
            row.pointee.status = try rowStatus(error, scope)
          }
          scope.call.finished(index)
        }
      }
    }
}

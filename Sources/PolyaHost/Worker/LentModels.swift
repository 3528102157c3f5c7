internal import CPolya
internal import Glibc
internal import PolyaContract
internal import PolyaCore

/// The models service inside a worker. It writes a request into the shared memory, sends it to the host over
/// the control socket, and copies the result to where the plugin wants it.
///
/// Safety: Any thread of the plugin may ask during a call. The frame's lock is held until the result arrives,
/// since host and worker share one arena and take turns. Only the asking thread reads the socket, as the
/// serving thread is inside the call.
final class LentModels {
  private let shared: SharedMemory
  private let control: ControlSocket
  private(set) var reason = ""

  init(shared: SharedMemory, control: ControlSocket) {
    self.shared = shared
    self.control = control
  }

  func ask(_ request: ModelsRequest, _ frame: CallFrame) -> PolyaStatus {
    frame.exclusively { arena in
      guard let arena = arena as? SharedArena, let sent = copy(request, arena) else {
        reason = "\(OutOfRoom())"
        return PolyaStatus(POLYA_OUT_OF_MEMORY)
      }
      control.send(
        WorkerMessage(
          .ask,
          [
            request.function.rawValue, UInt64(UInt(bitPattern: sent.name.data)), sent.name.size,
            UInt64(UInt(bitPattern: sent.input.base)), sent.input.count, UInt64(sent.input.stride),
            UInt64(UInt(bitPattern: sent.output.base)), sent.output.count, UInt64(sent.output.stride),
            UInt64(arena.used), UInt64(arena.dirty),
          ]))
      // Without its host, this process has no purpose.
      guard let answer = control.receive(), answer.kind == .answer else { _exit(1) }
      arena.used = Int(answer.words[1])
      arena.dirty = Int(answer.words[2])
      reason = String(decoding: answer.text, as: UTF8.self)
      let status = PolyaStatus(truncatingIfNeeded: answer.words[0])
      if status == PolyaStatus(POLYA_OK) { deliver(sent.output, to: request) }
      return status
    }
  }

  /// Copies the request with all its data into the shared memory; returns nil if there is no room.
  private func copy(_ request: ModelsRequest, _ arena: SharedArena) -> ModelsRequest? {
    var copier = ResultCopier(shared: shared, outside: 0) { arena.allocate($0, 8, limited: true) }
    var name = request.name
    var input = request.input
    copier.copy(&name, .text)
    if let layout = request.function.input { copier.copyRows(at: &input, layout) }
    let layout = request.function.output
    let size = layout.size * Int(clamping: request.output.count)
    guard let places = arena.allocate(max(size, layout.size), 8, limited: true), !copier.isFull else {
      return nil
    }
    let output = PolyaRowsMut(base: places, count: request.output.count, stride: UInt32(layout.size), zero: 0)
    if request.function == .score, !makeRoom(for: request, input, output, arena) { return nil }
    return ModelsRequest(request.function, name, input, output)
  }

  /// Allocates arrays for scores in the shared memory where the plugin provides its own.
  private func makeRoom(
    for request: ModelsRequest, _ input: PolyaRows, _ output: PolyaRowsMut, _ arena: SharedArena
  ) -> Bool {
    guard input.count == output.count else { return true }
    for index in 0..<Int(output.count) {
      let wanted = Self.scored(request.output, index).pointee
      let size = Self.scoredCount(input, index) * MemoryLayout<Float>.stride
      let row = Self.scored(output, index)
      for (array, path) in [
        (wanted.logprobs, \PolyaScored.logprobs), (wanted.entropies, \PolyaScored.entropies),
      ]
      where array != nil {
        guard let memory = arena.allocate(size, 8, limited: true) else { return false }
        row.pointee[keyPath: path] = memory.assumingMemoryBound(to: Float.self)
      }
    }
    return true
  }

  /// Copies the result to where the plugin wants it, up to the size of its rows.
  private func deliver(_ output: PolyaRowsMut, to request: ModelsRequest) {
    guard let base = output.base, let places = request.output.base else { return }
    for index in 0..<Int(output.count) {
      let row = base + index * Int(output.stride)
      let place = places + index * Int(request.output.stride)
      switch request.function {
      case .score:
        let wanted = Self.scored(request.output, index)
        let given = Self.scored(output, index).pointee
        let count = Self.scoredCount(request.input, index)
        wanted.pointee.status = given.status
        if let from = given.logprobs { wanted.pointee.logprobs?.update(from: from, count: count) }
        if let from = given.entropies { wanted.pointee.entropies?.update(from: from, count: count) }
      case .info:
        // The first word belongs to the plugin.
        let head = MemoryLayout<UInt32>.size
        place.advanced(by: head).copyMemory(
          from: row + head, byteCount: max(0, min(Int(output.stride), Int(request.output.stride)) - head))
      case .encode, .render, .generate:
        place.copyMemory(from: row, byteCount: min(Int(output.stride), Int(request.output.stride)))
      }
    }
  }

  private static func scored(_ rows: PolyaRowsMut, _ index: Int) -> UnsafeMutablePointer<PolyaScored> {
    (rows.base + index * Int(rows.stride)).assumingMemoryBound(to: PolyaScored.self)
  }

  private static func scoredCount(_ input: PolyaRows, _ index: Int) -> Int {
    guard let base = input.base else { return 0 }
    // The rows of an older plugin are shorter.
    var sequence = PolyaSequence()
    withUnsafeMutableBytes(of: &sequence) {
      $0.copyMemory(
        from: UnsafeRawBufferPointer(
          start: base + index * Int(input.stride), count: min($0.count, Int(input.stride))))
    }
    return sequence.from >= 1 && sequence.from <= sequence.tokens.count
      ? Int(sequence.tokens.count - sequence.from) : 0
  }
}

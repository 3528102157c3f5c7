import CPolya
import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaHost

/// Everything that comes over a boundary as bytes: whatever they are, the host answers or throws, and never traps.
///
/// `POLYA_FUZZ_SECONDS` runs each for so long instead of a fixed number of cases.
struct BoundaryFuzzTests {
  /// Runs `body` with numbers that name reproducible cases.
  private func cases(_ count: UInt64, _ body: (RandomBytes) throws -> Void) rethrows {
    let seconds = ProcessInfo.processInfo.environment["POLYA_FUZZ_SECONDS"].flatMap(Double.init)
    let end = seconds.map { Date().addingTimeInterval($0) }
    var number: UInt64 = 0
    while end.map({ Date() < $0 }) ?? (number < count) {
      try body(RandomBytes(seed: number))
      number += 1
    }
  }

  /// Words of a counter-based stream, in order.
  private final class RandomBytes {
    private let stream: Randomness
    private var index: UInt64 = 0
    init(seed: UInt64) { stream = Randomness(seed: seed) }
    func below(_ bound: Int) -> Int {
      index += 1
      return stream.below(bound, index)
    }
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(below(256)) } }

    /// A few bytes of a text replaced, removed, doubled or cut off.
    func mutated(_ text: [UInt8]) -> [UInt8] {
      var text = text
      for _ in 0...below(4) where !text.isEmpty {
        let at = below(text.count)
        switch below(5) {
        case 0: text[at] = UInt8(below(256))
        case 1: text.remove(at: at)
        case 2: text.insert(contentsOf: text[at..<min(at + 1 + below(40), text.count)], at: at)
        case 3: text.removeSubrange(at...)
        default: text.insert(contentsOf: Array("{}[]\",:-1e999\\u".utf8).prefix(3), at: at)
        }
      }
      return text
    }
  }

  @Test func workerMessages() {
    let valid = WorkerMessage(.perform, (0..<14).map { UInt64($0) }, text: "text".utf8).encoded
    #expect(WorkerMessage(decoding: valid)?.encoded == valid)
    cases(20_000) { random in
      let bytes = random.below(2) == 0 ? random.bytes(random.below(300)) : random.mutated(valid)
      guard let message = WorkerMessage(decoding: bytes) else { return }
      #expect(message.encoded == bytes)
    }
  }

  /// A worker that answers with wild numbers and writes wild pointers into the shared memory.
  @Test func workerReplies() throws {
    let shared = try SharedMemory()
    let received = Received(shared: shared)
    let base = try #require(shared.bytes.baseAddress)
    try cases(1500) { random in
      func word() -> UInt64 {
        switch random.below(6) {
        case 0: UInt64(random.below(64))
        case 1: shared.address + UInt64(random.below(1 << 16))
        case 2: shared.address + UInt64(shared.bytes.count) - UInt64(random.below(64))
        case 3: UInt64.max - UInt64(random.below(64))
        case 4: 1 << UInt64(random.below(64))
        default: UInt64(random.below(1 << 40))
        }
      }
      for offset in 0..<64 {
        base.storeBytes(of: word(), toByteOffset: SharedMemory.headerSize + 8 * offset, as: UInt64.self)
      }
      let message = WorkerMessage(.reply, (0..<7).map { _ in word() })
      let rows = base.advanced(by: SharedMemory.headerSize)
      let wild = PolyaRows(
        base: UnsafeRawPointer(bitPattern: UInt(word())), count: word() % (1 << 25),
        stride: UInt32(truncatingIfNeeded: word()), zero: 0)
      func attempt(_ body: () throws -> Void) throws {
        do { try body() } catch is Misbehavior {}
      }
      try attempt {
        let reply = try WorkerReply(message, shared: shared)
        #expect(reply.used <= UInt64(shared.bytes.count))
      }
      try attempt {
        try received.rows(wild, PolyaNote.self, "notes") { _ = try received.text($0.message, "note") }.forEach
        { _ in
        }
      }
      try attempt {
        let result = rows.load(as: PolyaRewardResult.self)
        _ = try received.text(result.extracted, "extracted")
        _ = try received.rows(result.notes, PolyaNote.self, "notes") { try received.text($0.code, "code") }
      }
      try attempt {
        let move = rows.load(as: PolyaStrategyMove.self)
        _ = try received.rows(move.messages, PolyaMessage.self, "messages") {
          try received.text($0.content, "content")
        }
        _ = try received.bytes(move.state, "state")
      }
    }
  }

  @Test func sidecars() throws {
    let host = TestHost.make()
    let plugins = try ["polya.transformer", "polya.heuristics"].map {
      try host.find(PluginReference(name: $0, use: $0, folder: "/"))
    }
    let valid = Array(Sidecar.json(plugins, sha256: "00").pretty.utf8)
    #expect(try Sidecar.read(valid, file: plugins[0].file, sha256: "00", at: "x")?.count == 2)
    try cases(1500) { random in
      do { _ = try Sidecar.read(random.mutated(valid), file: "f", sha256: "00", at: "x") } catch is PolyaError
      {}
    }
  }
}

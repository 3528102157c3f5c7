import Testing

@testable import PolyaReport

@Suite struct TensorBoardEventsTests {
  /// The events below, written by `tensorboard.summary.writer.record_writer.RecordWriter` from `event_pb2.Event` of
  /// PyPI tensorboard 2.21.0 with protobuf 7.36.2.
  private static let reference = """
    1800000000000000a37f4b2209000010367b7fda411a0d627261696e2e4576656e743a32557a7f261f00000000000000
    514b441809000060367b7fda412a140a120a0b7265776172642f6d65616e150000203f3189f8cf1a0000000000000012
    9bd82d09000060367b7fda4110012a0d0a0b0a046c6f737315cdcccc3dff0b1e8b2800000000000000ff70164a090000
    60367b7fda4110ac022a1a0a180a11706f6c6963792f656e74726f707920c3bc15b00f21b4e3c40ed01e000000000000
    00d9dc123209000060367b7fda411080e497d0122a0d0a0b0a046c6f7373150000807fc4314da59b0000000000000019
    35560009000060367b7fda41107f2a8d010a8a010a820178787878787878787878787878787878787878787878787878
    787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878
    787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878
    7878787878787878781500004040a171b155
    """

  @Test func writesTheBytesOfTensorBoardItself() {
    let time = 1778248921.5
    var file = TensorBoardEvents.fileHeader(wallTime: 1778248920.25)
    file += TensorBoardEvents.scalar(tag: "reward/mean", value: 0.625, step: 0, wallTime: time)
    file += TensorBoardEvents.scalar(tag: "loss", value: 0.1, step: 1, wallTime: time)
    file += TensorBoardEvents.scalar(tag: "policy/entropy ü", value: -1.5e-7, step: 300, wallTime: time)
    file += TensorBoardEvents.scalar(tag: "loss", value: .infinity, step: 5_000_000_000, wallTime: time)
    file += TensorBoardEvents.scalar(
      tag: String(repeating: "x", count: 130), value: 3, step: 127, wallTime: time)
    #expect(hexadecimal(file) == Self.reference.split(separator: "\n").joined())
  }

  /// RFC 3720, appendix B.4, and the check value of the catalog of parametrized CRC algorithms.
  @Test func checksumsArePublishedOnes() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CRC32C.checksum([]) == 0)
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaTraining

struct WeightInterpolationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file with tensors of bytes that are given.
  private func file(_ name: String, _ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])])
    throws
  {
    var (members, data): (JSON.Members, [UInt8]) = (["__metadata__": ["format": "pt"]], [])
    for tensor in tensors {
      members[tensor.name] = [
        "dtype": .string(tensor.type), "shape": .array(tensor.shape.map { JSON($0) }),
        "data_offsets": [JSON(data.count), JSON(data.count + tensor.bytes.count)],
      ]
      data += tensor.bytes
    }
    var header = Array(JSON.object(members).compact.utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try Folder.create(folder.path(name))
    try FileBytes.create(folder.path("\(name)/model.safetensors"), with: length + header + data)
    try FileBytes.create(folder.path("\(name)/config.json"), with: Array("{\(name.count)}".utf8))
  }

  private func bytes<Number: BitwiseCopyable>(_ numbers: [Number]) -> [UInt8] {
    numbers.flatMap { withUnsafeBytes(of: $0, Array.init) }
  }

  private func write(
    _ name: String, _ numbers: [Float], _ halves: [Float16], _ brains: [Float], id: Int64 = 7
  ) throws {
    try file(
      name,
      [
        ("a", "F32", [numbers.count], bytes(numbers)), ("b", "F16", [halves.count], bytes(halves)),
        ("c", "BF16", [brains.count], brains.flatMap { Array(bytes([$0]).suffix(2)) }),
        ("d", "I64", [1], bytes([id])),
      ])
  }

  private func mean(_ names: [String], _ weights: [Double]) throws -> SafetensorsFile {
    try Folder.create(folder.path("mean"))
    try WeightInterpolation.write(names.map(folder.path), weights: weights, to: folder.path("mean"))
    return try SafetensorsFile(folder.path("mean/model.safetensors"))
  }

  private func numbers(_ file: SafetensorsFile, _ name: String) throws -> [Double] {
    let tensor = try #require(file.tensors.first { $0.name == name })
    let width = try #require(tensor.type.floatWidth)
    return stride(from: tensor.bytes.lowerBound, to: tensor.bytes.upperBound, by: width).map {
      tensor.type.number(in: file.bytes, at: $0)
    }
  }

  @Test func eachNumberIsTheWeightedMeanOfItsType() throws {
    try write("x", [1, -2, 0.5], [1, 0.25], [1, 3])
    try write("y", [2, 4, 0.5], [3, 0.75], [2, -1])
    let found = try mean(["x", "y"], [0.25, 0.75])
    #expect(try numbers(found, "a") == [1.75, 2.5, 0.5])
    #expect(try numbers(found, "b") == [2.5, 0.625])
    #expect(try numbers(found, "c") == [1.75, 0])
    #expect(
      try FileBytes.read(folder.path("mean/config.json")) == FileBytes.read(folder.path("x/config.json")))
  }

  /// 1 + 2^-8 lies between 1 and 1 + 2^-7 and goes to the even one; a little more goes up.
  @Test func bfloat16IsRoundedToTheNearest() {
    var bytes: [UInt8] = [0, 0]
    let cases: [(Double, Double)] = [
      (1.00390625, 1), (1.00390720367431640625, 1.0078125), (1.01171875, 1.015625),
    ]
    for (number, expected) in cases {
      SafetensorsFile.NumberType.bf16.write(number, to: &bytes, at: 0)
      #expect(SafetensorsFile.NumberType.bf16.number(in: bytes, at: 0) == expected)
    }
  }

  @Test func oneModelWithTheWholeWeightIsItself() throws {
    try write("x", [1.1, -2.3, 0.7], [1.1, 0.3], [1, 3])
    try write("y", [2, 4, 0.5], [3, 0.75], [2, -1])
    #expect(try mean(["x", "y"], [1, 0]).bytes == SafetensorsFile(folder.path("x/model.safetensors")).bytes)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try write("x", [1, 2], [1], [1])
    try write("shape", [1, 2, 3], [1], [1])
    try write("other", [1, 2], [1], [1], id: 8)
    let shape = #expect(throws: PolyaError.self) { try mean(["x", "shape"], [0.5, 0.5]) }
    #expect(shape?.message.contains("has other tensors than") == true)
    let other = #expect(throws: PolyaError.self) { try mean(["x", "other"], [0.5, 0.5]) }
    #expect(other?.message.contains("'d' holds no real numbers") == true)
  }

  @Test func adaptersAreRefused() throws {
    try write("x", [1, 2], [1], [1])
    try write("y", [1, 2], [1], [1])
    try FileBytes.create(folder.path("y/adapter_config.json"), with: Array("{}".utf8))
    let error = #expect(throws: PolyaError.self) { try mean(["x", "y"], [0.5, 0.5]) }
    #expect(error?.message.contains("holds adapters") == true)
  }

  @Test func damagedFilesAreErrors() throws {
    try write("x", [1, 2], [1], [1])
    let path = folder.path("x/model.safetensors")
    let whole = try FileBytes.read(path)
    for length in 0..<whole.count {
      try FileBytes.create(path, with: Array(whole.prefix(length)))
      #expect(throws: PolyaError.self, "\(length) bytes") { try SafetensorsFile(path) }
    }
    for place in 0..<min(whole.count, 200) {
      var changed = whole
      changed[place] ^= 0x15
      try FileBytes.create(path, with: changed)
      do { _ = try SafetensorsFile(path) } catch is PolyaError {}
    }
  }
}

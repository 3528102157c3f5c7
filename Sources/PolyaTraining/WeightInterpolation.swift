internal import PolyaCore

/// Weighted means of checkpoints in the safetensors format: WiSE-FT (Wortsman et al. 2022, arXiv:2109.01903; for reasoning
/// models Dang et al. 2025, arXiv:2504.10478) and averages over seeds.
///
/// Each number is the weighted mean of its values, computed in double precision and rounded to the type of the file.
enum WeightInterpolation {
  /// Writes the mean of checkpoint folders into another one: their first one's files with mean weights.
  ///
  /// - Throws: `configuration` if the folders do not hold the same tensors.
  static func write(_ folders: [String], weights: [Double], to target: String) throws {
    guard let first = folders.first else { return }
    // The mean of two products of matrices is not the product of the means.
    for folder in folders where try Folder.files(in: folder).contains("adapter_config.json") {
      throw PolyaError(
        .configuration, "holds adapters, whose mean is not that of the weights they stand for", at: folder,
        hint: "interpolate models that were trained whole")
    }
    for name in try Folder.files(in: first) {
      guard name.hasSuffix(".safetensors") else {
        try FileBytes.create("\(target)/\(name)", with: try FileBytes.read("\(first)/\(name)"))
        continue
      }
      let files = try folders.map { try SafetensorsFile("\($0)/\(name)") }
      try FileBytes.create("\(target)/\(name)", with: try mean(files, weights))
    }
  }

  private static func mean(_ files: [SafetensorsFile], _ weights: [Double]) throws -> [UInt8] {
    let first = files[0]
    for other in files.dropFirst() where other.layout != first.layout {
      throw PolyaError(
        .configuration, "has other tensors than \(first.path), so that there is no mean of them",
        at: other.path,
        hint:
          "interpolate models of one architecture, trained in the same way: all of their weights, or adapters merged"
      )
    }
    var bytes = first.bytes
    for tensor in first.tensors {
      try blend(tensor, files, weights, &bytes)
    }
    return first.header() + bytes[first.start...]
  }

  private static func blend(
    _ tensor: SafetensorsFile.Tensor, _ files: [SafetensorsFile], _ weights: [Double], _ bytes: inout [UInt8]
  ) throws {
    guard let width = tensor.type.floatWidth else {
      guard files.allSatisfy({ $0.bytes[tensor.bytes] == bytes[tensor.bytes] }) else {
        throw PolyaError(
          .configuration, "the tensor '\(tensor.name)' holds no real numbers and differs between the models",
          at: files[0].path)
      }
      return
    }
    for place in stride(from: tensor.bytes.lowerBound, to: tensor.bytes.upperBound, by: width) {
      var sum = 0.0
      for (file, weight) in zip(files, weights) {
        sum += weight * tensor.type.number(in: file.bytes, at: place)
      }
      tensor.type.write(sum, to: &bytes, at: place)
    }
  }
}

/// A file of tensors: the length of a JSON header, the header, and the numbers.
struct SafetensorsFile {
  /// The types of numbers.
  enum NumberType: String {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    /// Integers and truth values.
    case other

    /// The number of bytes of a real number; nil for others.
    var floatWidth: Int? {
      switch self {
      case .f64: 8
      case .f32: 4
      case .f16, .bf16: 2
      case .other: nil
      }
    }

    private static func bits(_ bytes: [UInt8], _ place: Int, _ width: Int) -> UInt64 {
      (0..<width).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
    }

    func number(in bytes: [UInt8], at place: Int) -> Double {
      switch self {
      case .f64: Double(bitPattern: Self.bits(bytes, place, 8))
      case .f32: Double(Float(bitPattern: UInt32(Self.bits(bytes, place, 4))))
      case .f16: Double(Float16(bitPattern: UInt16(Self.bits(bytes, place, 2))))
      case .bf16: Double(Float(bitPattern: UInt32(Self.bits(bytes, place, 2)) << 16))
      case .other: .nan
      }
    }

    func write(_ number: Double, to bytes: inout [UInt8], at place: Int) {
      let bits: UInt64
      switch self {
      case .f64: bits = number.bitPattern
      case .f32: bits = UInt64(Float(number).bitPattern)
      case .f16: bits = UInt64(Float16(number).bitPattern)
      case .bf16:
        // To the nearest, ties to even.
        let whole = Float(number).bitPattern
        bits = UInt64((whole &+ 0x7FFF &+ (whole >> 16 & 1)) >> 16)
      case .other: return
      }
      for byte in 0..<(floatWidth ?? 0) {
        bytes[place + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt64(byte)))
      }
    }
  }

  struct Tensor: Equatable {
    let name: String
    let type: NumberType
    let shape: [Int]
    /// Where its numbers stand in the file.
    let bytes: Range<Int>
  }

  let path: String
  let bytes: [UInt8]
  let tensors: [Tensor]
  /// Where the numbers begin.
  let start: Int
  private let members: JSON.Members

  /// The length and the header of a file with the same tensors and other numbers. What the writer noted about the numbers,
  /// such as a checksum, is left out; the numbers begin at a multiple of 8.
  func header() -> [UInt8] {
    var members = members
    members["__metadata__"] = members["__metadata__"]?["format"].map { ["format": $0] }
    var text = Array(JSON.object(members).compact.utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  /// What must be the same in all files.
  var layout: [Tensor] { tensors }

  init(_ path: String) throws {
    self.path = path
    let bytes = try FileBytes.read(path)
    self.bytes = bytes
    func corrupt(_ what: String) -> PolyaError { PolyaError(.corrupt, what, at: path) }
    guard bytes.count >= 8 else { throw corrupt("is too short for a safetensors file") }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length <= UInt64(bytes.count - 8) else { throw corrupt("is cut short in its header") }
    let start = 8 + Int(length)
    self.start = start
    guard case .object(let members) = try JSONParser.parse(Array(bytes[8..<start]), at: path) else {
      throw corrupt("has a header that is not an object")
    }
    self.members = members
    let size = bytes.count - start
    tensors = try members.filter { $0.key != "__metadata__" }.map { name, json in
      let reader = try ObjectReader(json, at: "\(path): \(name)")
      let type = try reader.required("dtype", reader.string("dtype"))
      let shape = try reader.required("shape", reader.integers("shape"))
      let offsets = try reader.required("data_offsets", reader.integers("data_offsets"))
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size else {
        throw corrupt("the tensor '\(name)' lies outside of the file")
      }
      let number = NumberType(rawValue: type) ?? .other
      let range = start + offsets[0]..<start + offsets[1]
      guard number.floatWidth.map({ range.count % $0 == 0 }) ?? true else {
        throw corrupt("the tensor '\(name)' ends inside of a number")
      }
      return Tensor(name: name, type: number, shape: shape, bytes: range)
    }
  }
}

internal import PolyaKit
import Foundation

@testable import TransformerFiles

/// A safetensors file that a test takes apart and writes again, right or wrong.
struct TensorFile {
  struct Tensor {
    var name, dtype: String
    var shape: [Int]
    var bytes: [UInt8]
  }

  var tensors: [Tensor] = []

  init(_ path: String) throws {
    let bytes = try File.bytes(path)
    let end = 8 + (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    for (name, value) in try JSON(parsing: Array(bytes[8..<end]), name: path).members ?? []
    where name != "__metadata__" {
      let offsets = (value["data_offsets"]?.array ?? []).compactMap(\.integer)
      tensors.append(
        Tensor(
          name: name, dtype: value["dtype"]?.string ?? "",
          shape: (value["shape"]?.array ?? []).compactMap(\.integer),
          bytes: Array(bytes[(end + offsets[0])..<(end + offsets[1])])))
    }
  }

  subscript(name: String) -> Tensor {
    get { tensors.first { $0.name == name } ?? Tensor(name: name, dtype: "F32", shape: [], bytes: []) }
    set {
      tensors.removeAll { $0.name == name }
      tensors.append(newValue)
    }
  }

  mutating func rename(_ change: (String) -> String) {
    for index in tensors.indices { tensors[index].name = change(tensors[index].name) }
  }

  /// - Parameter header: changes the header's text.
  func write(_ path: String, header change: (String) -> String = { $0 }) throws {
    var offset = 0
    let parts = tensors.map { tensor in
      defer { offset += tensor.bytes.count }
      return
        "\(JSON.quoted(tensor.name)):{\"dtype\":\"\(tensor.dtype)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}"
    }
    let header = Array(change("{" + parts.joined(separator: ",") + "}").utf8)
    let length = (0..<8).map { UInt8(header.count >> (8 * $0) & 255) }
    try File.write(path, length + header + tensors.flatMap(\.bytes))
  }
}

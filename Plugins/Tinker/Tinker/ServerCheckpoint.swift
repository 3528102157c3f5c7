internal import PolyaKit
internal import TransformerFiles

/// `tinker.json` in the folder of a checkpoint: where the weights are at the server.
struct ServerCheckpoint: Equatable {
  static let name = "tinker.json"
  /// As the server calls it, such as `tinker://model/weights/name`.
  var path: String
  var base: String
  var rank: Int
  /// Steps of the training so far.
  var steps: Int

  func write(_ folder: String) throws {
    let json = JSON.object([
      ("path", .string(path)), ("base_model", .string(base)), ("lora_rank", Wire.number(rank)),
      ("steps", Wire.number(steps)),
    ])
    try File.write(folder + "/" + Self.name, Array((json.text + "\n").utf8))
  }

  init(path: String, base: String, rank: Int, steps: Int) {
    (self.path, self.base, self.rank, self.steps) = (path, base, rank, steps)
  }

  init(folder: String) throws {
    let file = folder + "/" + Self.name
    guard File.exists(file) else {
      throw Failure(.notFound, "\(folder) has no \(Self.name), so it is no checkpoint of polya.tinker")
    }
    let json = try JSON(parsing: File.bytes(file), name: file)
    guard let path = json["path"]?.string, let base = json["base_model"]?.string,
      let rank = json["lora_rank"]?.integer, let steps = json["steps"]?.integer
    else {
      throw Failure(.corrupt, "\(file) lacks path, base_model, lora_rank or steps; copy it again")
    }
    self.init(path: path, base: base, rank: rank, steps: steps)
  }
}

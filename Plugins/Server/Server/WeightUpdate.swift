internal import NetworkService
internal import PolyaKit
internal import TransformerFiles

/// Gives servers the weights in a folder, which they must be able to read themselves.
struct WeightUpdate {
  private let folder: String
  private let flavor: Flavor

  /// - Throws: `unsupported` for servers that load no weights, and for what they cannot load.
  init(_ folder: String, _ flavor: Flavor) throws {
    self.folder = folder
    self.flavor = flavor
    guard flavor == .vLLM || flavor == .sgLang else {
      throw Failure(
        .unsupported, "a server of the flavor \(flavor.rawValue) cannot load weights; use vLLM or SGLang")
    }
    guard File.exists(folder + "/config.json") else {
      throw Failure(
        File.exists(folder) ? .unsupported : .notFound,
        "\(folder) has no config.json; servers load whole weights, not adapters, so train without lora-rank")
    }
  }

  /// To be sent to each server, in order.
  func requests(timeout: Double) -> [ServiceRequest] {
    func request(_ path: String, _ body: JSON) -> ServiceRequest {
      ServiceRequest(path, body: Array(body.compact.utf8), timeout: timeout)
    }
    switch flavor {
    case .sgLang:
      return [
        request(
          "/update_weights_from_disk",
          .object([("model_path", .string(folder)), ("flush_cache", .bool(true))]))
      ]
    default:
      // What is cached for prompts belongs to the weights before.
      let call = JSON.object([
        ("method", .string("reload_weights")),
        ("kwargs", .object([("weights_path", .string(folder))])),
      ])
      return [request("/collective_rpc", call), request("/reset_prefix_cache", .object([]))]
    }
  }

  /// - Throws: `io` if the answer to one of the requests says that it failed.
  func check(_ body: [UInt8]) throws {
    guard flavor == .sgLang else { return }
    let answer: JSON
    do { answer = try JSON(parsing: body) } catch {
      throw Failure(.io, "the server's answer to /update_weights_from_disk \(error)")
    }
    guard answer["success"]?.bool == true else {
      throw Failure(
        .io, "the server did not load \(folder): \(answer["message"]?.string ?? answer.compact)")
    }
  }
}

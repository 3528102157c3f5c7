internal import NetworkHTTP
internal import NetworkService
internal import PolyaKit

/// Asks the servers what they are and can do, when a model is created.
///
/// At a server with OpenAI's interface, this samples nothing. At the others, it samples some dozen tokens.
struct Probe {
  let options: ServerOptions
  let connection: Connection
  let work: Work

  /// The flavor of the servers and the context length, after a check that each of them serves the model.
  func identity() throws -> Abilities {
    var found: [Abilities] = []
    var unreachable: Failure?
    for address in options.addresses {
      do { found.append(try identity(address)) } catch let failure as Failure
        where failure.code == .unavailable && options.addresses.count > 1
      {
        work.log(.warning, "\(failure.message); the other servers are asked instead")
        unreachable = failure
      }
    }
    guard var abilities = found.first else {
      throw unreachable ?? Failure(.badOption, "url lists no server; write at least one")
    }
    if let other = found.first(where: { $0.flavor != abilities.flavor }) {
      throw Failure(
        .badOption,
        "url lists servers of different kinds, \(abilities.flavor.name) and \(other.flavor.name); give each kind a plugin of its own"
      )
    }
    abilities.contextLength = found.compactMap(\.contextLength).min()
    return abilities
  }

  private func identity(_ address: ServerAddress) throws -> Abilities {
    let client = try connection.alone(address)
    let list = try Connection.translating(options) {
      try get(client, address.prefix + "/models")
    }
    guard let models = list["data"]?.array ?? list["models"]?.array ?? list.array else {
      throw Failure(
        .notFound,
        "\(address.root)\(address.prefix)/models is no list of models, so this is no OpenAI-compatible server; correct url"
      )
    }
    let names = models.compactMap { $0["id"]?.string ?? $0["name"]?.string }
    guard let own = models.first(where: { ($0["id"] ?? $0["name"])?.string == options.model }) else {
      let shown = names.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
      throw Failure(
        .badOption,
        "\(address.root) serves no model '\(options.model)'; it has \(shown.isEmpty ? "none" : shown)\(names.count > 10 ? " and others" : ""); correct model"
      )
    }
    let flavor = options.flavor ?? Self.flavor(own)
    var abilities = Abilities(flavor: flavor)
    abilities.contextLength =
      own["max_model_len"]?.integer ?? own["context_length"]?.integer ?? own["meta"]?["n_ctx_train"]?.integer
    switch flavor {
    case .vLLM: abilities.version = optional(client, "/version")?["version"]?.string
    case .sgLang:
      let info = optional(client, "/get_server_info")
      abilities.version = info?["version"]?.string
      abilities.contextLength = abilities.contextLength ?? info?["context_length"]?.integer
    case .llamaCpp:
      let properties = optional(client, "/props")
      abilities.version = properties?["build_info"]?.string
      let size = properties?["default_generation_settings"]?["n_ctx"]?.integer
      abilities.contextLength = size ?? abilities.contextLength
    case .openAI: break
    }
    return abilities
  }

  /// As the list of models tells it.
  static func flavor(_ model: JSON) -> Flavor {
    switch model["owned_by"]?.string {
    case "vllm": .vLLM
    case "sglang": .sgLang
    case "llamacpp": .llamaCpp
    default: .openAI
    }
  }

  private func get(_ client: ServiceClient, _ path: String) throws -> JSON {
    var json = JSON.null
    var sent = false
    let finished = try client.run(
      next: {
        defer { sent = true }
        return sent ? nil : (0, ServiceRequest(path, timeout: min(options.timeout, 60)))
      },
      accept: { _, answer in
        // What is no JSON here is another kind of server, not a fault that would pass.
        do { json = try Connection.json(answer) } catch let fault as ServiceFault {
          work.log(.debug, "\(fault)")
        }
      }, shouldStop: { work.shouldStop() })
    guard finished else {
      try work.checkStop()
      return .null
    }
    return json
  }

  /// What a server of this flavor may or may not have.
  private func optional(_ client: ServiceClient, _ path: String) -> JSON? {
    do { return try get(client, path) } catch {
      work.log(.debug, "\(error)")
      return nil
    }
  }

  /// The answer to a request that the server may refuse; nil if it does.
  func attempt(_ path: String, _ body: JSON) throws -> JSON? {
    var found: JSON?
    var sent = false
    do {
      try connection.run(
        work,
        next: {
          defer { sent = true }
          return sent
            ? nil : (0, ServiceRequest(path, body: Array(body.compact.utf8), timeout: options.timeout))
        }, accept: { _, json, _ in found = json }, retried: {})
    } catch let failure as Failure where [.badArgument, .notFound].contains(failure.code) {
      work.log(.debug, "the probe of \(path): \(failure.message)")
    }
    return found
  }
}

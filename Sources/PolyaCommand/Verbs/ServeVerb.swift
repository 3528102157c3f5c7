internal import Glibc
internal import PolyaCore
internal import PolyaHost
internal import PolyaServe

enum ServeVerb: Verb {
  static let name = "serve"
  static let summary = "Serve a model over HTTP to clients of OpenAI's interface."
  static let details = """
      The address goes to stdout once requests are answered, and a line for each request to stderr. Ctrl-C cancels what
      runs; SIGTERM lets it finish. A request without a seed gets the next one that follows from --seed.
    """
  private static let host = Option<String?>(
    "--host", "HOST", "the address or name to listen at", standard: "127.0.0.1")
  private static let port = Option(
    "--port", "N", "the port to listen at; 0 takes any free one", default: 8000,
    in: Integers(least: 0, most: 65535)
  )
  private static let tokenFile = Option<String?>(
    "--token-file", "FILE", "the file with the token that requests must carry")
  private static let tokenVariable = Option<String?>(
    "--token-env", "NAME", "the environment variable with that token")
  private static let modelName = Option<String?>(
    "--name", "NAME", "what clients call the model", standard: "its own name")
  private static let checkpoint = Option<String?>(
    "--checkpoint", "DIR", "the folder 'checkpoint' of a stage, whose weights replace the plugin's")
  private static let seed = Option<Int>(
    "--seed", "N", "the seed of requests without one", default: 1, in: Integers(least: 0, most: .max))
  private static let maxBody = Option(
    "--max-body", "BYTES", "the largest body of a request", default: 16 << 20, in: Integers(most: 1 << 30))
  private static let maxConnections = Option(
    "--max-connections", "N", "number of requests that may be served or wait at a time", default: 64,
    in: Integers(most: 4096))
  static let options: [any DeclaredOption] =
    [checkpoint, host, port, tokenFile, tokenVariable, modelName, seed, maxBody, maxConnections]
    + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let reference = try environment.reference(&arguments, default: "polya.transformer")
    guard reference.use != "polya.transformer" || !reference.options.pairs.isEmpty else {
      throw PolyaError(
        .configuration, "no model is named", at: "polya serve",
        hint: "give --option folder=DIR for a checkpoint, or --use for another model plugin")
    }
    let checkpoint = try arguments.read(checkpoint)
    let host = try arguments.read(host) ?? "127.0.0.1"
    let port = try arguments.read(port)
    let settings = ServeSettings(
      token: try token(&arguments), name: try arguments.read(modelName),
      seed: UInt64(try arguments.read(seed)), bodyLimit: try arguments.read(maxBody),
      connections: try arguments.read(maxConnections))
    let plugins = try environment.host(&arguments)
    try arguments.finish()
    let socket = try BoundSocket(host: host, port: port)
    guard socket.isLoopback || settings.token != nil else {
      throw PolyaError(
        .configuration, "other machines could reach \(host), and nothing would protect the model",
        at: "--host",
        hint: "set a token with --token-file or --token-env, or listen at 127.0.0.1")
    }
    let model = try plugins.model(reference)
    if let checkpoint {
      try model.load(from: Folder.resolve(checkpoint, in: try environment.workingFolder()))
    }
    let server = ModelServer(model, settings) { Console.message("polya serve: \($0)") }
    let ending = StopFlag()
    EndingSignal.watch(SIGTERM, ending, exitCode: 128 + SIGTERM)
    let (stop, address) = (environment.stop, host.contains(":") ? "[\(host)]" : host)
    try server.run(at: socket, isEnding: { stop.isSet || ending.isSet }) {
      let url = "http://\(address):\(socket.port)/v1"
      if asJSON {
        try Console.out(["url": .string(url), "model": .string(server.name)])
      } else {
        try Console.out("serving '\(server.name)' at \(url)")
      }
    }
    guard !stop.isSet else { throw PolyaError(.interrupted, "stopped on request") }
  }

  /// Reads the token from where it is kept, so that it is in no list of processes.
  private static func token(_ arguments: inout Arguments) throws -> String? {
    let (file, variable) = (try arguments.read(tokenFile), try arguments.read(tokenVariable))
    guard file == nil || variable == nil else {
      throw PolyaError(.configuration, "--token-file and --token-env exclude each other", at: "polya serve")
    }
    let place = file ?? variable ?? ""
    let text: String
    if let file {
      guard FileBytes.size(of: file) != nil else {
        throw PolyaError(
          .configuration, "the file '\(file)' does not exist", at: "--token-file",
          hint: "write the token into its first line")
      }
      text = String(decoding: try FileBytes.read(file), as: UTF8.self)
    } else if let variable {
      guard let value = getenv(variable) else {
        throw PolyaError(
          .configuration, "the environment variable '\(variable)' is not set", at: "--token-env")
      }
      text = String(cString: value)
    } else {
      return nil
    }
    let token = String(text.prefix { !$0.isNewline })
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw PolyaError(
        .configuration, "the token must be visible ASCII characters without spaces, on the first line",
        at: place)
    }
    return token
  }
}

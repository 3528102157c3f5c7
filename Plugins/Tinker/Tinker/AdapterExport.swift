internal import Glibc
internal import NetworkHTTP
internal import PolyaKit
internal import TransformerFiles

/// The adapters of a checkpoint as the server packs them: an archive of a folder in PEFT's layout.
struct AdapterExport {
  /// In the folder of a checkpoint.
  static let name = "adapter.tar.gz"
  private static let longest = 8 << 30

  private let options: TinkerOptions

  init(_ options: TinkerOptions) { self.options = options }

  /// Downloads the adapters that a sampler has.
  ///
  /// - Parameter path: As the server calls them, such as `tinker://model/sampler_weights/name`.
  /// - Throws: `unsupported` if the server gives no archive.
  func write(_ path: String, to folder: String, _ shouldStop: () -> Bool) throws {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.first == "tinker:", parts.count >= 3, let last = parts.last else {
      throw Failure(
        .unsupported, "the server names its weights '\(path)', which says nothing of an archive; omit export")
    }
    // Some servers know a checkpoint by its name, some by its kind and name.
    for id in [last, parts[2...].joined(separator: "/")] {
      let address = "\(options.url)/api/v1/training_runs/\(parts[1])/checkpoints/\(id)/archive"
      var answer = try get(address, headers: options.headers, shouldStop)
      if Self.redirections.contains(answer.status), let place = answer.headers["location"] {
        // The place says by itself who may read it, and need not be the server's: only the server gets the key.
        let absolute = try Self.resolve(place, from: options.url)
        let isOwn = absolute.hasPrefix(Self.origin(options.url) + "/")
        answer = try get(absolute, headers: isOwn ? options.headers : [], shouldStop)
      }
      if answer.status == 200 { return try keep(answer.body, in: folder) }
      guard answer.status == 404 else { throw refused(answer.status) }
    }
    throw refused(404)
  }

  private static let redirections = [301, 302, 303, 307, 308]

  /// Scheme, host, and port.
  private static func origin(_ url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
  }

  private static func resolve(_ place: String, from url: String) throws -> String {
    if place.hasPrefix("http://") || place.hasPrefix("https://") { return place }
    if place.hasPrefix("//") { return String(origin(url).prefix { $0 != "/" }) + place }
    guard place.hasPrefix("/") else {
      throw Failure(
        .io, "the server says that its adapters are at '\(place)', which is no address; omit export")
    }
    return origin(url) + place
  }

  /// Asks again, later and later, while the server is busy.
  private func get(_ url: String, headers: [(name: String, value: String)], _ shouldStop: () -> Bool) throws
    -> HTTPAnswer
  {
    do {
      let client = try HTTPClient(HTTPClient.Limits(concurrency: 1, longestAnswer: Self.longest))
      let request = HTTPRequest(.get, url, headers: headers, timeout: options.timeout)
      var pause = 0.5
      while true {
        guard let answer = try client.send(request, shouldStop: shouldStop) else {
          throw Failure(.cancelled, "the host asked to stop")
        }
        guard Self.busy.contains(answer.status), pause <= Self.longestPause else { return answer }
        let end = ContinuousClock.now + .seconds(pause)
        while ContinuousClock.now < end {
          guard !shouldStop() else { throw Failure(.cancelled, "the host asked to stop") }
          usleep(20_000)
        }
        pause *= 2
      }
    } catch let failure as HTTPFailure {
      throw Failure(.io, "the archive of the adapters cannot be downloaded: \(failure.message)")
    }
  }

  private static let busy = [408, 409, 425, 429, 500, 502, 503, 504]
  private static let longestPause = 16.0

  private func keep(_ archive: [UInt8], in folder: String) throws {
    // The first bytes of gzip.
    guard archive.starts(with: [0x1f, 0x8b]) else {
      throw Failure(.io, "the server's archive of the adapters is not one that gzip has packed; omit export")
    }
    try File.write(folder + "/" + Self.name, archive)
  }

  private func refused(_ status: Int) -> Failure {
    switch status {
    case 401, 403:
      Failure(
        .denied,
        "the server refuses the archive of its adapters (status \(status)); give the key by key-env or key-file"
      )
    case 404:
      Failure(
        .unsupported,
        "the server gives no archive of its adapters (status 404); omit export, or ask its provider")
    default:
      Failure(
        .io, "the archive of the adapters cannot be downloaded (status \(status)); run again, or omit export")
    }
  }
}

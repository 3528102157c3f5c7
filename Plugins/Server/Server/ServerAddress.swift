internal import PolyaKit

/// Where a server is: what its own paths follow, and what the paths of OpenAI's interface follow.
struct ServerAddress: Sendable, Equatable {
  /// Such as `http://127.0.0.1:8000`.
  let root: String
  /// What of OpenAI's paths follows the root: `/v1` after an address without a path, nothing after another.
  let prefix: String

  /// - Throws: ``Failure`` for what is no address.
  init(_ url: String) throws {
    var text = url
    while text.hasSuffix("/") { text.removeLast() }
    let host = ["http://", "https://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
    guard let host, !host.isEmpty, !host.contains(where: \.isWhitespace), !host.contains("@") else {
      throw Failure(
        .badOption,
        "url contains \(JSON.quoted(Self.withoutUser(url))), which is not an address; write http://HOST:PORT or https://HOST, "
          + "without user and password, and give a key by key-env or key-file")
    }
    if text.hasSuffix("/v1") {
      root = String(text.dropLast(3))
      prefix = "/v1"
    } else {
      root = text
      prefix = host.contains("/") ? "" : "/v1"
    }
  }

  /// What stands before an @ may be a key.
  private static func withoutUser(_ url: String) -> String {
    url.lastIndex(of: "@").map { "…" + url[$0...] } ?? url
  }
}

public import Foundation

/// Where things are while tests run.
public enum Repository {
  /// The root of the checkout.
  public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of the built products: `polya` and the plugins.
  public static let products = Bundle.main.bundleURL.resolvingSymlinksInPath().appending(path: "x")
    .deletingLastPathComponent()

  /// The real data sets, which are not part of the checkout; nil when they are not there.
  public static var data: URL? {
    let given = ProcessInfo.processInfo.environment["POLYA_DATA"].map { URL(filePath: $0) }
    let folder = given ?? root.deletingLastPathComponent().appending(path: "shared/data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }
}

/// A folder that is removed with the value.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let url: URL

  /// A fresh folder.
  ///
  /// - Parameter inMemory: for what is written thousands of times; on the disk all the same where memory is scarce.
  public init(inMemory: Bool = false) throws {
    let base = inMemory ? Self.memory : nil
    url = (base ?? FileManager.default.temporaryDirectory).appending(path: "polya-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A file system in memory with a gibibyte free; nil: there is none.
  private static var memory: URL? {
    let path = "/dev/shm"
    guard FileManager.default.isWritableFile(atPath: path) else { return nil }
    do {
      let free = try FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int
      return (free ?? 0) >= 1 << 30 ? URL(filePath: path) : nil
    } catch { return nil }
  }

  deinit {
    do { try FileManager.default.removeItem(at: url) } catch { print("cannot remove \(url.path): \(error)") }
  }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file into the folder and gives its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }
}

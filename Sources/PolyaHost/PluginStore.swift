internal import Glibc
internal import PolyaCore

/// Private copies of plugin files, and of the files that their options name, made while they are hashed. Only a copy is
/// ever opened, by the host and by workers alike: what is written to the file afterwards changes neither what runs nor
/// what its digest says.
final class PluginStore {
  /// Where the copies are, each under its own name in a folder of its own; nil: there is none yet.
  private(set) var folder: String?
  private var copies: [String: String] = [:]
  /// Folders of copies, by the folder that the files are in.
  private var places: [String: [Place]] = [:]

  /// A folder of copies, and of links to the other files of the original one.
  private struct Place {
    let folder: String
    var names: Set<String> = []
  }

  private var known: [String: (signature: Signature, sha256: String)] = [:]

  /// What changes when a file is written again.
  private struct Signature: Equatable {
    let device, inode: UInt64
    let size, seconds, nanoseconds, changed, changedNanoseconds: Int
  }

  deinit {
    guard let folder else { return }
    // What is mapped stays mapped. A folder that cannot be removed is the system's to clean up.
    do { try Folder.remove(folder) } catch {}
  }

  /// Digest of the file's present content.
  func digest(of file: String) throws -> String {
    let signature = try Self.signature(of: file)
    if let entry = known[file], entry.signature == signature { return entry.sha256 }
    let sha256 = try FileBytes.digest(of: file).sha256
    // A file that is being written has no content to remember yet.
    if try Self.signature(of: file) == signature { known[file] = (signature, sha256) }
    return sha256
  }

  /// The path of a copy of the content with this digest, which `file` has, or had when it was copied.
  func copy(of file: String, sha256: String) throws -> String {
    let key = "\(sha256) \(file)"
    if let copy = copies[key] { return copy }
    let bytes = try FileBytes.read(file)
    guard SHA256.hex(of: bytes) == sha256 else {
      throw PolyaError(
        .plugin, "was written again while it was looked at", at: file, cure: "run the same command again")
    }
    let copy = try store(bytes, file)
    copies[key] = copy
    return copy
  }

  /// Bytes of a file that an option names and that is copied; larger ones, and folders, are used where they are.
  private static let largestInput = 64 << 20

  /// A file or folder that an option names: its digest, and what a plugin is to read in its place.
  func input(_ path: String) throws -> (sha256: String, path: String) {
    // What a plugin is to write, say.
    guard Durable.isThere(path) else { return ("absent", path) }
    guard !Folder.exists(path), let size = FileBytes.size(of: path), size <= Self.largestInput else {
      return (try Folder.digest(of: path), path)
    }
    let sha256 = try digest(of: path)
    return (sha256, try copy(of: path, sha256: sha256))
  }

  /// Copies of files of one folder share a folder, as long as no name is taken by another content.
  private func store(_ bytes: [UInt8], _ file: String) throws -> String {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    let (original, name) = (parts.dropLast().joined(separator: "/"), String(parts.last ?? "file"))
    let known = places[original, default: []]
    var place = try known.first { !$0.names.contains(name) } ?? Place(folder: newFolder())
    if place.names.isEmpty { try linkNeighbours(of: original.isEmpty ? "/" : original, to: place.folder) }
    let path = "\(place.folder)/\(name)"
    if Durable.isThere(path) { try Durable.remove(path) }
    try FileBytes.create(path, with: bytes, isLasting: false)
    chmod(path, 0o500)
    place.names.insert(name)
    places[original] = known.filter { $0.folder != place.folder } + [place]
    return path
  }

  private func newFolder() throws -> String {
    let folder = try folder ?? Folder.temporary()
    self.folder = folder
    let own = "\(folder)/\(places.values.reduce(0) { $0 + $1.count })"
    try Folder.create(own)
    return own
  }

  /// A plugin may look for libraries beside itself, a Python file for modules.
  private func linkNeighbours(of original: String, to own: String) throws {
    for name in try Folder.names(in: original) {
      guard symlink("\(original)/\(name)", "\(own)/\(name)") == 0 || errno == EEXIST else {
        throw PolyaError(
          .file, "cannot be linked to: \(String(cString: strerror(errno)))", at: "\(own)/\(name)")
      }
    }
  }

  private static func signature(of file: String) throws -> Signature {
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw PolyaError(.plugin, "cannot be read: \(String(cString: strerror(errno)))", at: file)
    }
    return Signature(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, changed: status.st_ctim.tv_sec,
      changedNanoseconds: status.st_ctim.tv_nsec)
  }
}

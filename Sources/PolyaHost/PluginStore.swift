internal import Glibc
internal import PolyaCore

/// Private copies of plugin files, and of the files that their options name, made while they are hashed. Only a copy is
/// ever opened, by the host and by workers alike: what is written to the file afterwards changes neither what runs nor
/// what its digest says.
final class PluginStore {
  /// Where the copies are, each under its own name in a folder of its own; nil: there is none yet.
  private(set) var folder: String?
  private var lock: Int32 = -1
  private var copies: [String: String] = [:]
  /// Folders of copies, by the folder that the files are in.
  private var places: [String: [Place]] = [:]

  /// A folder of copies, and of links to the other files of the original one.
  private struct Place {
    let folder: String
    var names: Set<String> = []
  }

  private let files = VerifiedFiles()

  deinit {
    guard let folder else { return }
    // What is mapped stays mapped. What cannot be removed now, a later store removes.
    do { try Folder.remove(folder) } catch {}
    close(lock)
  }

  /// Digest of the file's present content.
  func digest(of file: String) throws -> String { try files.digest(of: file) }

  /// The path of a copy of the content with this digest, which `file` has, or had when it was copied.
  func copy(of file: String, sha256: String) throws -> String {
    let key = "\(sha256) \(file)"
    if let copy = copies[key] { return copy }
    let bytes = try FileBytes.read(file)
    guard SHA256.hex(of: bytes) == sha256 else {
      throw PolyaError(
        .plugin, "was written again while it was looked at", at: file, hint: "run the same command again")
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
    if place.names.isEmpty { try linkNeighbors(of: original.isEmpty ? "/" : original, to: place.folder) }
    let path = "\(place.folder)/\(name)"
    if Durable.isThere(path) { try Durable.remove(path) }
    try FileBytes.create(path, with: bytes, isLasting: false)
    chmod(path, 0o500)
    place.names.insert(name)
    places[original] = known.filter { $0.folder != place.folder } + [place]
    return path
  }

  private static let prefix = "polya-copies-"
  private static let lockName = "lock"

  /// Makes the store's folder and holds its lock, by which others see that it is in use.
  private func open() throws -> String {
    try Self.removeOrphans()
    let folder = try Folder.temporary(Self.prefix)
    self.folder = folder
    // It has its name only when it is held: one that is not is taken for an orphan's.
    let path = "\(folder)/\(Self.lockName)"
    lock = Glibc.open(path + ".new", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(path + ".new", path) == 0 else {
      throw PolyaError(.file, "cannot be locked: \(String(cString: strerror(errno)))", at: path)
    }
    return folder
  }

  /// Removes the copies of processes that were killed.
  private static func removeOrphans() throws {
    let base = Folder.temporaryBase
    for name in try Folder.names(in: base) where name.hasPrefix(prefix) {
      let other = Glibc.open("\(base)/\(name)/\(lockName)", O_RDWR | O_CLOEXEC)
      guard other >= 0 else { continue }
      defer { close(other) }
      guard flock(other, LOCK_EX | LOCK_NB) == 0 else { continue }
      // Another process may be about the same.
      do { try Folder.remove("\(base)/\(name)") } catch {}
    }
  }

  private func newFolder() throws -> String {
    let folder = try folder ?? open()
    let own = "\(folder)/\(places.values.reduce(0) { $0 + $1.count })"
    try Folder.create(own)
    return own
  }

  /// A plugin may look for libraries beside itself, a Python file for modules.
  private func linkNeighbors(of original: String, to own: String) throws {
    for name in try Folder.names(in: original) {
      guard symlink("\(original)/\(name)", "\(own)/\(name)") == 0 || errno == EEXIST else {
        throw PolyaError(
          .file, "cannot be linked to: \(String(cString: strerror(errno)))", at: "\(own)/\(name)")
      }
    }
  }
}

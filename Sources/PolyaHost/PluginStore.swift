internal import Glibc
internal import PolyaCore

/// Private copies of plugin files and of the files that their options refer to, made while they are hashed.
/// The host and workers open only the copies, so later writes to a file affect neither what runs nor its
/// digest.
final class PluginStore {
  /// The folder of the copies, each under its own name in its own folder; nil if there is none yet.
  private(set) var folder: String?
  private var lock: Int32 = -1
  private var copies: [String: String] = [:]
  /// The folders of copies, by the folder of the original files.
  private var places: [String: [Place]] = [:]

  /// A folder of copies, with links to the other files of the original folder.
  private struct Place {
    let folder: String
    var names: Set<String> = []
  }

  private let files = VerifiedFiles()

  deinit {
    guard let folder else { return }
    // Mapped files stay mapped. What cannot be removed now is removed by a later store.
    do { try Folder.remove(folder) } catch {}
    close(lock)
  }

  /// Returns the digest of the file's current content.
  func digest(of file: String) throws -> String { try files.digest(of: file) }

  /// Returns the path of a copy with this digest, which is that of `file` now or when it was copied.
  func copy(of file: String, sha256: String) throws -> String {
    let key = "\(sha256) \(file)"
    if let copy = copies[key] { return copy }
    let bytes = try FileBytes.read(file)
    guard SHA256.hex(of: bytes) == sha256 else {
      throw PolyaError(
        .plugin, "was changed while it was read", at: file, hint: "run the same command again")
    }
    let copy = try store(bytes, file)
    copies[key] = copy
    return copy
  }

  /// The largest input file that is copied, in bytes. Larger files and folders are used in place.
  private static let largestInput = 64 << 20

  /// Returns the digest of a file or folder that an option refers to, and the path that the plugin should
  /// read instead.
  func input(_ path: String) throws -> (sha256: String, path: String) {
    // For example, a file that the plugin will write.
    guard Durable.isThere(path) else { return ("absent", path) }
    guard !Folder.exists(path), let size = FileBytes.size(of: path), size <= Self.largestInput else {
      return (try Folder.digest(of: path), path)
    }
    let sha256 = try digest(of: path)
    return (sha256, try copy(of: path, sha256: sha256))
  }

  /// Stores a copy. The copies of one folder's files share a folder, unless two different contents have the
  /// same name.
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

  /// Creates the store's folder and locks it, which shows other stores that it is in use.
  private func open() throws -> String {
    try Self.removeOrphans()
    let folder = try Folder.temporary(Self.prefix)
    self.folder = folder
    // The file gets its name only once it is locked, since an unlocked one is taken for an orphan.
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
      // Another process may be removing the same folder.
      do { try Folder.remove("\(base)/\(name)") } catch {}
    }
  }

  private func newFolder() throws -> String {
    let folder = try folder ?? open()
    let own = "\(folder)/\(places.values.reduce(0) { $0 + $1.count })"
    try Folder.create(own)
    return own
  }

  /// Links the other files of the original folder, since plugins may look there for libraries, and Python
  /// files for modules.
  private func linkNeighbors(of original: String, to own: String) throws {
    for name in try Folder.names(in: original) {
      guard symlink("\(original)/\(name)", "\(own)/\(name)") == 0 || errno == EEXIST else {
        throw PolyaError(
          .file, "cannot be linked to: \(String(cString: strerror(errno)))", at: "\(own)/\(name)")
      }
    }
  }
}

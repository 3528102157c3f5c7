internal import CPolyaProcess
internal import Glibc
internal import PolyaCore
internal import Synchronization

/// The namespaces around a worker, made by bubblewrap: users, processes, network, mounts, System V IPC. The worker sees
/// the file system read-only, with folders of its own in place of /tmp, /dev/shm and, without network, /run; no process
/// but its own; and nothing of it outlives it.
///
/// Where bubblewrap is not there, or the kernel does not let it work, a worker is a plain child process with the limits
/// and the filter of ``PluginWorker`` alone. SDK/docs/isolation.md says what each gives.
struct WorkerSandbox: Sendable {
  /// What one worker needs beside a read-only file system.
  struct Needs {
    var network = false
    /// Sees all devices, not only those that every program needs.
    var gpu = false
    /// Makes sandboxes itself, and is trusted with what that takes: as root, the kernel bounds the processes of others
    /// only where they are other users, which a user namespace of one user cannot have.
    var makesSandboxes = false
    /// Bytes of each private folder; nil: as the system says.
    var privateBytes: Int?
    /// Files and folders that must stay visible even below a private folder.
    var readable: [String] = []
    /// Folders that it may write to.
    var writable: [String] = []
  }

  private let program: String

  /// Why there is none; the user should know.
  struct Missing: Error {
    let reason: String
  }

  /// Finds bubblewrap and tries it.
  static func find() throws(Missing) -> WorkerSandbox {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let candidates = path.split(separator: ":").map { "\($0)/bwrap" }
    guard let program = candidates.first(where: { $0.hasPrefix("/") && access($0, X_OK) == 0 }) else {
      throw Missing(reason: "bubblewrap is not installed")
    }
    let sandbox = WorkerSandbox(program: program)
    let words = sandbox.words(Needs(readable: [Self.workingFolder])) + ["true"]
    guard Self.status(of: words) == 0 else {
      throw Missing(
        reason: "bubblewrap cannot make namespaces here ('bwrap --unshare-user --ro-bind / / true' says why)")
    }
    return sandbox
  }

  /// The words before a program's own.
  func words(_ needs: Needs) -> [String] {
    var words = [
      program, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
      "--unshare-cgroup-try", "--cap-drop", "ALL",
    ]
    if !needs.network { words.append("--unshare-net") }
    if getuid() == 0, needs.makesSandboxes {
      for right in ["SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL"] {
        words += ["--cap-add", "CAP_\(right)"]
      }
    } else {
      words.append("--unshare-user")
      // Inside, root is somebody else: what it starts may make namespaces of its own only then.
      if getuid() == 0 { words += ["--uid", "1000", "--gid", "1000"] }
    }
    words += ["--ro-bind", "/", "/"] + (needs.gpu ? ["--dev-bind", "/dev", "/dev"] : ["--dev", "/dev"])
    words += ["--proc", "/proc", "--setenv", "TMPDIR", "/tmp"]
    let size = needs.privateBytes.map { ["--size", String($0)] } ?? []
    let folders = Self.privateFolders(needs)
    for folder in folders { words += size + ["--tmpfs", folder] }
    for path in Self.searched + needs.readable where folders.contains(where: { Self.isInside(path, $0) }) {
      words += ["--ro-bind-try", path, path]
    }
    for path in needs.writable { words += ["--bind-try", path, path] }
    return words + ["--chdir", Self.workingFolder, "--"]
  }

  private static func privateFolders(_ needs: Needs) -> [String] {
    var folders = ["/tmp", "/dev/shm"]
    // Name resolution may live there.
    if !needs.network { folders.append("/run") }
    return folders.filter { Folder.exists($0) }
  }

  /// Where the user's environment says that programs and modules are.
  private static var searched: [String] {
    ["PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"].flatMap { name -> [String] in
      guard let value = getenv(name) else { return [] }
      return String(cString: value).split(separator: ":").map(String.init)
    }
  }

  private static func isInside(_ path: String, _ folder: String) -> Bool { path.hasPrefix(folder + "/") }

  /// Exit status of a command that says nothing; -1: it cannot be started.
  static func status(of words: [String]) -> Int32 {
    var arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    return polya_run(words[0], &arguments)
  }

  /// Where the host works.
  static var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}

/// The sandbox of this host's workers, looked for when the first worker is started.
final class SandboxFinder: Sendable {
  private let found: Mutex<Result<WorkerSandbox, WorkerSandbox.Missing>?>

  init(isWanted: Bool) {
    found = Mutex(isWanted ? nil : .failure(WorkerSandbox.Missing(reason: "they are not wanted")))
  }

  /// - Throws: why there is none.
  func sandbox() throws(WorkerSandbox.Missing) -> WorkerSandbox {
    let result = found.withLock { known in
      let result = known ?? Result { () throws(WorkerSandbox.Missing) in try WorkerSandbox.find() }
      known = result
      return result
    }
    return try result.get()
  }
}

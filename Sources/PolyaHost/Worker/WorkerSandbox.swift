internal import CPolyaProcess
internal import Glibc
internal import PolyaCore
internal import Synchronization

/// The namespaces around a worker, created by bubblewrap: users, processes, network, mounts, and System V
/// IPC. The worker sees the file system read-only, with its own folders in place of /tmp, /dev/shm and,
/// without network access, /run. It sees only its own processes, and none of them outlives it.
///
/// Without a working bubblewrap, a worker is an ordinary child process with only the limits and the filter of
/// ``PluginWorker``. See SDK/docs/isolation.md for what each provides.
struct WorkerSandbox: Sendable {
  /// What one worker needs in addition to a read-only file system.
  struct Needs {
    var network = false
    /// Whether all devices are visible, not only the standard ones.
    var gpu = false
    /// Whether the worker itself creates sandboxes and is trusted with the privileges that this takes. As
    /// root, the kernel limits the processes of a sandbox only if they belong to other users, which a user
    /// namespace with a single user cannot provide.
    var makesSandboxes = false
    /// The size of each private folder in bytes; nil for the system's default.
    var privateBytes: Int?
    /// Files and folders that must stay visible even below a private folder.
    var readable: [String] = []
    /// The folders that it may write to.
    var writable: [String] = []
  }

  private let program: String

  /// The reason why there is no sandbox, which the user should know.
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
        reason:
          "bubblewrap cannot create namespaces here; run 'bwrap --unshare-user --ro-bind / / true' to see why"
      )
    }
    return sandbox
  }

  /// Returns the command prefix that runs a program in the sandbox.
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
      // Root must have another id inside, since only then can its children create namespaces of their own.
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
    // Name resolution may use files there.
    if !needs.network { folders.append("/run") }
    return folders.filter { Folder.exists($0) }
  }

  /// The folders of programs and modules in the user's environment.
  private static var searched: [String] {
    ["PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH"].flatMap { name -> [String] in
      guard let value = getenv(name) else { return [] }
      return String(cString: value).split(separator: ":").map(String.init)
    }
  }

  private static func isInside(_ path: String, _ folder: String) -> Bool { path.hasPrefix(folder + "/") }

  /// Returns the exit status of a silent command, or -1 if it cannot be started.
  static func status(of words: [String]) -> Int32 {
    var arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    return polya_run(words[0], &arguments)
  }

  /// The working folder of the host.
  static var workingFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}

/// The sandbox of this host's workers, which is looked for when the first worker starts.
final class SandboxFinder: Sendable {
  private let found: Mutex<Result<WorkerSandbox, WorkerSandbox.Missing>?>

  init(isWanted: Bool) {
    found = Mutex(isWanted ? nil : .failure(WorkerSandbox.Missing(reason: "they are turned off")))
  }

  /// Returns the sandbox.
  ///
  /// - Throws: The reason why there is none.
  func sandbox() throws(WorkerSandbox.Missing) -> WorkerSandbox {
    let result = found.withLock { known in
      let result = known ?? Result { () throws(WorkerSandbox.Missing) in try WorkerSandbox.find() }
      known = result
      return result
    }
    return try result.get()
  }
}

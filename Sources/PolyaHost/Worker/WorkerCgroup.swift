internal import Glibc
internal import PolyaCore
internal import Synchronization

/// A control group around one worker, which limits the total memory of all its processes: private, shared,
/// and files in its private folders.
///
/// It is used if this process may create groups below its own: as root, or where a service manager delegates
/// them (`systemd-run --user -p Delegate=yes`). Otherwise, only the limits of ``PluginWorker`` apply.
final class WorkerCgroup: Sendable {
  private let path: String
  private let version: Version

  fileprivate enum Version { case one, two }

  fileprivate init?(path: String, version: Version, bytes: Int) {
    self.path = path
    self.version = version
    guard mkdir(path, 0o755) == 0 else { return nil }
    let limit = version == .two ? "memory.max" : "memory.limit_in_bytes"
    guard Self.write(String(bytes), to: "\(path)/\(limit)") else {
      rmdir(path)
      return nil
    }
  }

  /// The command prefix that runs a program in the group: a shell that enters the group and then becomes the
  /// program.
  var words: [String] { ["/bin/sh", "-c", #"echo 0 > "$0/cgroup.procs" && exec "$@""#, path] }

  /// Whether the kernel has killed a process of the group for its memory use.
  var hasKilled: Bool {
    let file = version == .two ? "memory.events" : "memory.oom_control"
    do {
      let text = String(decoding: try FileBytes.read("\(path)/\(file)"), as: UTF8.self)
      return text.split(separator: "\n").contains { $0.hasPrefix("oom_kill ") && !$0.hasSuffix(" 0") }
    } catch { return false }
  }

  /// Removes the group. Call this after its processes have ended.
  func remove() { rmdir(path) }

  fileprivate static func write(_ text: String, to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count
  }
}

/// Creates control groups where the system allows it.
final class CgroupMaker: Sendable {
  private struct Place {
    let folder: String
    let version: WorkerCgroup.Version
  }

  private let place = Mutex<Place??>(nil)
  /// Shared by all makers of a process, since their groups share names.
  private static let next = Atomic<Int>(0)

  /// Whether groups can be created here.
  var isAvailable: Bool { found != nil }

  private var found: Place? {
    place.withLock { known -> Place? in
      if let known { return known }
      let found = Self.find()
      known = .some(found)
      return found
    }
  }

  /// Returns a new group with a memory limit, or nil if groups cannot be created here.
  func group(bytes: Int) -> WorkerCgroup? {
    guard let found else { return nil }
    let number = Self.next.wrappingAdd(1, ordering: .relaxed).oldValue
    return WorkerCgroup(
      path: "\(found.folder)/\(Self.prefix)\(getpid())-\(number)", version: found.version, bytes: bytes)
  }

  private static let prefix = "polya-worker-"

  private static func find() -> Place? {
    let lines: [Substring]
    let mounts: [Substring]
    do {
      lines = String(decoding: try FileBytes.read("/proc/self/cgroup"), as: UTF8.self).split(separator: "\n")
      mounts = String(decoding: try FileBytes.read("/proc/self/mountinfo"), as: UTF8.self).split(
        separator: "\n")
    } catch { return nil }
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isUnified = parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
      guard let mount = mount(of: isUnified ? "cgroup2" : "cgroup", isUnified ? nil : "memory", mounts) else {
        continue
      }
      let folder = parts[2] == "/" ? mount : mount + parts[2]
      guard access(folder, W_OK) == 0, !isUnified || delegatesMemory(folder) else { continue }
      removeOrphans(in: folder)
      let place = Place(folder: folder, version: isUnified ? .two : .one)
      if isUsable(place) { return place }
    }
    return nil
  }

  /// Returns the mount point of a hierarchy, or nil.
  private static func mount(of type: String, _ controller: String?, _ mounts: [Substring]) -> String? {
    for line in mounts {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, fields[dash + 1] == type,
        controller.map({ fields[dash + 3].split(separator: ",").contains(Substring($0)) }) ?? true
      else { continue }
      return String(fields[4])
    }
    return nil
  }

  private static func delegatesMemory(_ folder: String) -> Bool {
    func holdsMemory(_ file: String) -> Bool {
      do {
        return String(decoding: try FileBytes.read("\(folder)/\(file)"), as: UTF8.self)
          .split(whereSeparator: \.isWhitespace).contains("memory")
      } catch { return false }
    }
    return holdsMemory("cgroup.subtree_control")
      || holdsMemory("cgroup.controllers")
        && WorkerCgroup.write("+memory", to: "\(folder)/cgroup.subtree_control")
  }

  /// Returns whether a process can enter a group there.
  private static func isUsable(_ place: Place) -> Bool {
    let path =
      "\(place.folder)/\(prefix)\(getpid())-trial-\(next.wrappingAdd(1, ordering: .relaxed).oldValue)"
    guard let group = WorkerCgroup(path: path, version: place.version, bytes: 64 << 20) else { return false }
    defer { group.remove() }
    return WorkerSandbox.status(of: group.words + ["true"]) == 0
  }

  /// Removes the groups of hosts that were killed.
  private static func removeOrphans(in folder: String) {
    do {
      for name in try Folder.names(in: folder) where name.hasPrefix(prefix) {
        guard let host = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }), kill(host, 0) != 0,
          errno == ESRCH
        else { continue }
        rmdir("\(folder)/\(name)")
      }
    } catch {}
  }
}

internal import Glibc
internal import PolyaCore

/// Locates the headers, overlays, and templates for plugin authors.
enum SDKFolder {
  /// Returns `$POLYA_SDK`, or the SDK of the installation, or the SDK of the checkout in which the executable
  /// was built.
  static func find() throws -> String {
    if let given = getenv("POLYA_SDK").map({ String(cString: $0) }), !given.isEmpty {
      guard let folder = sdk(at: given) else {
        throw PolyaError(
          .configuration, "there is no SDK at '\(given)'", at: "POLYA_SDK",
          hint: "set it to the folder that contains include/polya/polya.h")
      }
      return folder
    }
    var folder = realPath("/proc/self/exe") ?? "/"
    var candidates: [String] = []
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if candidates.isEmpty { candidates.append(folder + "/../share/polya/SDK") }
      candidates.append(folder + "/SDK")
    }
    guard let found = candidates.lazy.compactMap(sdk).first else {
      throw PolyaError(
        .configuration, "the SDK was not found next to the executable",
        hint: "set POLYA_SDK to the folder that contains include/polya/polya.h")
    }
    return found
  }

  private static func sdk(at folder: String) -> String? {
    guard access(folder + "/include/polya/polya.h", R_OK) == 0 else { return nil }
    return realPath(folder)
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

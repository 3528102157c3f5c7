/// Tools that not every machine has.
public enum Toolchain {
  /// Whether a command is there; says so when a test is skipped for the lack of it.
  public static func has(_ command: String) throws -> Bool {
    let found = try Command.run("/usr/bin/env", ["sh", "-c", "command -v \(command)"]).status == 0
    if !found { print("skipped: \(command) is not installed") }
    return found
  }
}

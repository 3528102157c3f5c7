public import Foundation

/// A finished command.
public struct CommandResult: Sendable {
  /// Exit status, or 128 + signal.
  public var status: Int32
  /// What it wrote to stdout.
  public var output: String
  /// What it wrote to stderr.
  public var errors: String
}

/// Runs commands as a user would.
public enum Command {
  /// Runs a program to its end.
  public static func run(
    _ program: String, _ arguments: [String], input: String = "", folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> CommandResult {
    let process = try start(program, arguments, input: input, folder: folder, environment: environment)
    return try process.finish()
  }

  /// Runs the built `polya`.
  public static func polya(_ arguments: [String], input: String = "", folder: URL? = nil) throws
    -> CommandResult
  {
    try run(Repository.products.appending(path: "polya").path, arguments, input: input, folder: folder)
  }

  /// Starts a program.
  public static func start(
    _ program: String, _ arguments: [String], input: String = "", folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> RunningCommand {
    try RunningCommand(program, arguments, input, folder, environment)
  }

  /// Compiles a C plugin from the headers alone, as its author would.
  public static func compilePlugin(_ source: URL, to path: String, defines: [String] = []) throws {
    let root = Repository.root
    let result = try run(
      "/usr/bin/env",
      [
        "cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-fPIC", "-shared",
        "-fvisibility=hidden", "-I\(root.path)/SDK/include", "-I\(root.path)/Tests/Fixtures", "-Wl,-z,defs",
        "-Wl,-z,now",
      ] + defines.map { "-D\($0)" } + [source.path, "-o", path])
    guard result.status == 0 else { throw CompilationFailure(output: result.errors) }
  }
}

/// What the compiler said.
public struct CompilationFailure: Error {
  /// Its messages.
  public var output: String
}

/// A command on its way. Its output goes to files, so that no pipe can fill up.
public final class RunningCommand {
  private let process = Process()
  private let folder: TemporaryFolder

  init(
    _ program: String, _ arguments: [String], _ input: String, _ cwd: URL?, _ environment: [String: String]
  ) throws {
    folder = try TemporaryFolder()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = cwd
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try folder.write("input", input)
    try folder.write("output", "")
    try folder.write("errors", "")
    process.standardInput = try FileHandle(forReadingFrom: folder.url.appending(path: "input"))
    process.standardOutput = try FileHandle(forWritingTo: folder.url.appending(path: "output"))
    process.standardError = try FileHandle(forWritingTo: folder.url.appending(path: "errors"))
    try process.run()
  }

  /// Its process id.
  public var id: Int32 { process.processIdentifier }

  /// Whether it still runs.
  public var isRunning: Bool { process.isRunning }

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// What it has written to stdout so far.
  public func outputSoFar() throws -> String {
    String(decoding: try Data(contentsOf: folder.url.appending(path: "output")), as: UTF8.self)
  }

  /// What it has written to stderr so far.
  public func errorsSoFar() throws -> String {
    String(decoding: try Data(contentsOf: folder.url.appending(path: "errors")), as: UTF8.self)
  }

  /// Waits for its end.
  public func finish() throws -> CommandResult {
    process.waitUntilExit()
    let status = process.terminationStatus
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: folder.url.appending(path: name)), as: UTF8.self)
    }
    return CommandResult(
      status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
      output: try text("output"),
      errors: try text("errors"))
  }
}

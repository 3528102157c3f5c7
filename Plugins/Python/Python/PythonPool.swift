internal import PolyaKit

/// Interpreters that answer requests side by side. A request that kills its interpreter, or takes too long, costs only
/// itself: the interpreter is replaced.
///
/// Used by one call at a time.
final class PythonPool {
  /// What the code said of itself when it was loaded.
  private(set) var description = Value.null
  private let settings: PythonSettings
  private var idle: [PythonProcess] = []

  /// Starts one interpreter and loads the code, so that a mistake in it is found here.
  init(_ settings: PythonSettings, _ call: Call) throws {
    self.settings = settings
    idle = [try start(call)]
  }

  private struct Running {
    let process: PythonProcess
    let request: Int
    let deadline: Double
  }

  /// The answers in the order of the requests; nil and a cause for those that have none.
  func answers(to requests: [Value], _ call: Call) throws -> [Result<Value, Failure>] {
    var answers: [Result<Value, Failure>?] = requests.map { _ in nil }
    var next = 0
    var running: [Running] = []
    while next < requests.count || !running.isEmpty {
      try call.checkStop()
      while next < requests.count, running.count < settings.workers {
        let process = try idle.popLast() ?? start(call)
        try process.send(requests[next])
        running.append(
          Running(process: process, request: next, deadline: monotonicSeconds() + settings.timeout))
        next += 1
      }
      PythonProcess.wait(running.map(\.process), milliseconds: 20)
      running = running.filter { one in
        guard let outcome = outcome(of: one, call) else { return true }
        answers[one.request] = outcome
        return false
      }
    }
    return answers.compactMap { $0 }
  }

  /// nil: not yet.
  private func outcome(of one: Running, _ call: Call) -> Result<Value, Failure>? {
    do {
      if let answer = try one.process.receive(log: { call.log(.info, $0) }) {
        idle.append(one.process)
        return .success(answer)
      }
    } catch {
      let cause = (error as? PythonProcess.Death)?.cause ?? "\(error)"
      return .failure(Failure(.internal, cause))
    }
    guard monotonicSeconds() > one.deadline else { return nil }
    // Letting go of the process ends it.
    return .failure(Failure(.timedOut, "timed out after \(settings.timeout) s"))
  }

  private func start(_ call: Call) throws -> PythonProcess {
    do {
      let script = String(decoding: PackageResources.bridge_py, as: UTF8.self)
      let process = try PythonProcess(python: settings.python, script: script)
      try process.send(.map(settings.load))
      let deadline = monotonicSeconds() + max(settings.timeout, 60)
      while true {
        try call.checkStop()
        if let answer = try process.receive(log: { call.log(.info, $0) }) {
          return try ready(process, answer)
        }
        guard monotonicSeconds() < deadline else {
          throw Failure(.timedOut, "\(settings.name) is not loaded within \(max(settings.timeout, 60)) s")
        }
        PythonProcess.wait([process], milliseconds: 20)
      }
    } catch let death as PythonProcess.Death {
      throw Failure(
        .unavailable,
        "the interpreter '\(settings.python)' \(death.cause); the option 'python' names another one")
    }
  }

  private func ready(_ process: PythonProcess, _ answer: Value) throws -> PythonProcess {
    guard let error = answer["error"].text else {
      description = answer["ready"]
      return process
    }
    let cure = answer["missing_module"].text.map {
      "; install it for this interpreter: \(settings.python) -m pip install \($0)"
    }
    throw Failure(.badOption, "\(settings.name) cannot be loaded: \(error)\(cure ?? "")")
  }
}

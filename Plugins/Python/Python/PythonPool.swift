internal import PolyaKit

/// Interpreters that answer requests side by side. A request that kills its interpreter, or takes too long, costs only
/// itself: the interpreter is replaced.
///
/// Used by one call at a time.
final class PythonPool {
  /// What the code said of itself when it was loaded.
  private(set) var description = Value.null
  /// Seconds for one request, once the host was seen to wait less than the option `timeout` says.
  private(set) var hurry: Double?
  private let settings: PythonSettings
  private var idle: [PythonProcess] = []
  /// Those that import the code; they go on doing so between two calls.
  private var loading: [Loading] = []
  private var lastAnswer = 0.0

  /// Starts one interpreter and loads the code, so that a mistake in it is found here.
  init(_ settings: PythonSettings, _ call: Call) throws {
    self.settings = settings
    loading = [try launch()]
    while idle.isEmpty {
      try call.checkStop()
      try settle(call)
      if idle.isEmpty { PythonProcess.wait(loading.map(\.process), milliseconds: 20) }
    }
  }

  private struct Loading {
    let process: PythonProcess
    let deadline: Double
  }

  private struct Running {
    let process: PythonProcess
    let request: Int
    var deadline: Double
  }

  /// Tells the answer to each request as soon as it is there, or the cause why there is none.
  func answer(
    _ requests: [Value], _ call: Call, known: (Int, Result<Value, Failure>) throws -> Void
  ) throws {
    var next = 0
    var running: [Running] = []
    lastAnswer = monotonicSeconds()
    while next < requests.count || !running.isEmpty {
      do { try call.checkStop() } catch let failure as Failure where failure.code == .timedOut {
        throw overdue(failure, isWorking: !running.isEmpty)
      }
      try settle(call)
      while next < requests.count, let process = idle.popLast() {
        try process.send(requests[next])
        running.append(Running(process: process, request: next, deadline: monotonicSeconds() + patience))
        next += 1
      }
      // All that are wanted start at once: an import of some seconds costs its time once.
      let wanted = min(settings.workers - running.count, requests.count - next)
      while loading.count < wanted { loading.append(try launch()) }
      PythonProcess.wait(running.map(\.process) + loading.map(\.process), milliseconds: 20)
      var open: [Running] = []
      for var one in running {
        guard let outcome = outcome(of: &one, call) else {
          open.append(one)
          continue
        }
        lastAnswer = monotonicSeconds()
        try known(one.request, outcome)
      }
      running = open
    }
  }

  private var patience: Double { min(settings.timeout, hurry ?? settings.timeout) }

  /// What a call ends with when the host waits no longer. From then on each row must be done in less time than that.
  private func overdue(_ failure: Failure, isWorking: Bool) -> Failure {
    guard isWorking else {
      guard idle.isEmpty else { return failure }
      return Failure(.timedOut, "\(settings.name) was still being loaded when the host's deadline passed")
    }
    hurry = min(patience, 0.9 * (monotonicSeconds() - lastAnswer))
    return failure
  }

  /// nil: not yet.
  private func outcome(of one: inout Running, _ call: Call) -> Result<Value, Failure>? {
    do {
      if let answer = try one.process.receive(log: { Self.log($0, call) }) {
        if answer["ask"] != .null {
          // The time of a model is not the code's.
          let asked = monotonicSeconds()
          try one.process.send(PythonModels(call: call).answer(answer["ask"]))
          one.deadline += monotonicSeconds() - asked
          return nil
        }
        if let why = answer["dies"].text { return .failure(Failure(.outOfMemory, why)) }
        idle.append(one.process)
        return .success(answer)
      }
    } catch {
      let cause = (error as? PythonProcess.Death)?.cause ?? "\(error)"
      return .failure(Failure(.internal, cause))
    }
    guard monotonicSeconds() > one.deadline else { return nil }
    // Letting go of the process ends it.
    return .failure(Failure(.timedOut, "timed out after \(patience.shortest) s"))
  }

  private static let warning = "polya warning: "

  private static func log(_ line: String, _ call: Call) {
    if line.hasPrefix(warning) {
      call.log(.warning, String(line.dropFirst(warning.count)))
    } else {
      call.log(.info, line)
    }
  }

  /// One program: each part uses those before it.
  private static let script = [
    PackageResources.wire_py, PackageResources.loading_py, PackageResources.models_py,
    PackageResources.reward_py, PackageResources.bridge_py,
  ].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")

  private func launch() throws -> Loading {
    let script = Self.script
    do {
      let process = try PythonProcess(python: settings.python, script: script)
      try process.send(.map(settings.load))
      return Loading(process: process, deadline: monotonicSeconds() + max(settings.timeout, 60))
    } catch let death as PythonProcess.Death { throw failure(death) }
  }

  private func failure(_ death: PythonProcess.Death) -> Failure {
    Failure(
      .unavailable,
      "the interpreter '\(settings.python)' failed: \(death.cause); to use another one, set the option 'python'"
    )
  }

  /// Takes over the interpreters that are ready. One that fails is let go, so that the next call may try another.
  private func settle(_ call: Call) throws {
    let asked = loading
    loading = []
    for (index, one) in asked.enumerated() {
      do {
        if let answer = try one.process.receive(log: { Self.log($0, call) }) {
          try checkReady(answer)
          idle.append(one.process)
        } else if monotonicSeconds() < one.deadline {
          loading.append(one)
        } else {
          throw Failure(.timedOut, "\(settings.name) did not load within \(max(settings.timeout, 60)) s")
        }
      } catch {
        loading += asked[(index + 1)...]
        throw (error as? PythonProcess.Death).map(failure) ?? error
      }
    }
  }

  private func checkReady(_ answer: Value) throws {
    guard let error = answer["error"].text else {
      description = answer["ready"]
      return
    }
    guard answer["refused"] != .bool(true) else { throw Failure(.notFound, "\(settings.name): \(error)") }
    let hint = answer["missing_module"].text.map {
      "; install it for this interpreter: \(settings.python) -m pip install \($0)"
    }
    throw Failure(.internal, "\(settings.name) cannot be loaded: \(error)\(hint ?? "")")
  }
}

extension Double {
  /// At most three digits behind the point, and none that says nothing.
  fileprivate var shortest: Double { (self * 1000).rounded() / 1000 }
}

extension PythonPool {
  /// The answer to one request.
  func answer(_ request: Value, _ call: Call) throws -> Value {
    var answer: Result<Value, Failure>?
    try self.answer([request], call) { answer = $1 }
    guard let answer else { throw Failure(.internal, "the bridge gave no answer") }
    return try answer.get()
  }
}

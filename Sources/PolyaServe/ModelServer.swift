package import PolyaCore

/// The settings of a server.
package struct ServeSettings: Sendable {
  /// What every request must carry; nil if none is asked for.
  package var token: String?
  /// What clients call the model; nil for its own name.
  package var name: String?
  /// The source of the seeds of requests that bring none.
  package var seed: UInt64
  /// The largest body of a request, in bytes.
  package var bodyLimit: Int
  /// The most requests that are served or wait at a time.
  package var connections: Int

  /// Creates settings.
  package init(token: String?, name: String?, seed: UInt64, bodyLimit: Int, connections: Int) {
    (self.token, self.name, self.seed) = (token, name, seed)
    (self.bodyLimit, self.connections) = (bodyLimit, connections)
  }
}

/// Serves a model over HTTP as OpenAI's interface, with one thread that owns the model.
package final class ModelServer {
  private let model: any LanguageModel
  private let settings: ServeSettings
  private let log: RequestLog
  /// What clients call the model.
  package let name: String

  /// The most samples that requests share a call for.
  private static let batchSamples = 256
  /// How long the end waits for answers to be sent, in seconds.
  private static let patience = 5

  /// Creates a server.
  ///
  /// - Parameter log: Receives one line for each request; must be callable from any thread.
  package init(
    _ model: any LanguageModel, _ settings: ServeSettings, log: @escaping @Sendable (String) -> Void
  ) {
    (self.model, self.settings, self.log) = (model, settings, RequestLog(write: log))
    name = settings.name ?? model.info.name
  }

  /// Serves until `isEnding`, and then refuses what still waits. Call this on the thread that owns the model.
  ///
  /// - Parameters:
  ///   - isEnding: Asked several times a second, from any thread.
  ///   - isReady: Called once the server listens.
  package func run(
    at socket: BoundSocket, isEnding: @escaping @Sendable () -> Bool, isReady: () throws -> Void
  ) throws {
    let desk = FrontDesk(
      settings, name: name, model.info, tokenizer: try tokenizerInfo(), log: log, isEnding: isEnding)
    // Beside those that are served, there is room for those that are refused or only ask for what is known.
    let limits = HTTPServer.Limits(connections: 2 * settings.connections + 64, body: settings.bodyLimit)
    let server = try HTTPServer(socket, limits, desk)
    defer {
      for job in desk.waiting.close() {
        log.answer(job.request, APIError.stopping.answer, since: job.arrival)
      }
      server.stop(within: Self.patience)
    }
    try isReady()
    while !isEnding() {
      serve(desk.waiting.next(samples: Self.batchSamples, within: 200), isEnding)
    }
  }

  /// The special tokens as texts, in the form of vLLM.
  private func tokenizerInfo() throws -> JSON {
    func text(_ token: Int32?) throws -> JSON {
      guard let token else { return .null }
      return .string(try model.text(of: [[token]])[0])
    }
    return ["bos_token": try text(model.info.bos), "eos_token": try text(model.info.eos)]
  }

  private func serve(_ jobs: [Job], _ isEnding: () -> Bool) {
    var ready: [(job: Job, task: PromptedTask)] = []
    for job in jobs {
      guard !job.request.isGone else {
        log.drop(job.request, since: job.arrival)
        continue
      }
      do {
        switch job.task {
        case .tokenizer(let task):
          log.answer(job.request, HTTPAnswer(json: try task.answer(model)), since: job.arrival)
        case .generate(let task):
          ready.append((job, try PromptedTask(task, random: random(job, task), model)))
        }
      } catch { log.answer(job.request, APIError(error).answer, since: job.arrival) }
    }
    if !ready.isEmpty { answer(ready, isEnding) }
  }

  /// A request with a seed gets the samples that `polya model generate` gives with it.
  private func random(_ job: Job, _ task: GenerationTask) -> Randomness {
    if let seed = task.seed { return Randomness(seed: UInt64(bitPattern: seed)) }
    return Randomness(seed: settings.seed).stream("requests").stream(job.number)
  }

  private func answer(_ ready: [(job: Job, task: PromptedTask)], _ isEnding: () -> Bool) {
    do {
      let choices = try GenerationBatch(model: model, tasks: ready.map(\.task)).choices()
      for (entry, choices) in zip(ready, choices) { answer(entry.job, entry.task, choices) }
    } catch {
      // The model refuses a call as a whole, but only one request may be the cause.
      guard ready.count > 1, !isEnding() else {
        let refusal = isEnding() ? .stopping : APIError(error)
        for (job, _) in ready { log.answer(job.request, refusal.answer, since: job.arrival) }
        return
      }
      for entry in ready { answer([entry], isEnding) }
    }
  }

  private func answer(_ job: Job, _ task: PromptedTask, _ choices: [Choice]) {
    let head = AnswerHead(number: job.number, model: name, created: job.created)
    let usage = Usage(task.prompts, choices)
    let (whole, events): (([Choice]) -> JSON, ([Choice]) -> [JSON])
    if task.task.isChat {
      let answer = ChatAnswer(head: head, task: task.task, usage: usage)
      (whole, events) = (answer.whole, answer.events)
    } else {
      let answer = CompletionAnswer(head: head, task: task.task, usage: usage)
      (whole, events) = (answer.whole, answer.events)
    }
    let answer = task.task.streams ? HTTPAnswer(events: events(choices)) : HTTPAnswer(json: whole(choices))
    log.answer(job.request, answer, since: job.arrival, usage: usage)
  }
}

internal import Dispatch
internal import PolyaCore
internal import Synchronization

/// A request that the model is to serve.
struct Job: Sendable {
  enum Task: Sendable {
    case generate(GenerationTask)
    case tokenizer(TokenizerTask)
  }

  let request: HTTPRequest
  let task: Task
  /// When it arrived: by the monotonic clock, and in seconds since 1970.
  let arrival: Double
  let created: Int
  /// Its number in this server, from 1; set by the queue.
  fileprivate(set) var number: UInt64 = 0

  init(_ request: HTTPRequest, _ task: Task, arrival: Double, created: Int) {
    (self.request, self.task, self.arrival, self.created) = (request, task, arrival, created)
  }

  /// The number of samples that it asks for.
  var samples: Int {
    guard case .generate(let task) = task else { return 0 }
    return task.prompts.count * task.samples
  }
}

/// The queue between the server's threads and the one that owns the model. Its length is bounded by the number
/// of admitted requests.
final class WaitingJobs: Sendable {
  private struct Queue {
    var jobs: [Job] = []
    var count: UInt64 = 0
    var isClosed = false
  }

  private let queue = Mutex(Queue())
  private let arrivals = DispatchSemaphore(value: 0)

  /// Adds a job; returns false if the queue is closed.
  func add(_ job: Job) -> Bool {
    let isOpen = queue.withLock { queue in
      guard !queue.isClosed else { return false }
      queue.count += 1
      queue.jobs.append(job)
      queue.jobs[queue.jobs.count - 1].number = queue.count
      return true
    }
    if isOpen { arrivals.signal() }
    return isOpen
  }

  /// Returns the oldest jobs, as many as ask for up to `samples` samples, and at least one; none if none
  /// arrives in time.
  func next(samples: Int, within milliseconds: Int) -> [Job] {
    guard arrivals.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return [] }
    let jobs = queue.withLock { queue in
      var (count, total) = (0, 0)
      while count < queue.jobs.count, count == 0 || total + queue.jobs[count].samples <= samples {
        total += queue.jobs[count].samples
        count += 1
      }
      defer { queue.jobs.removeFirst(count) }
      return Array(queue.jobs[..<count])
    }
    // One signal for each job that is taken.
    for _ in jobs.dropFirst() { arrivals.wait() }
    return jobs
  }

  /// Refuses further jobs and returns those that wait.
  func close() -> [Job] {
    queue.withLock { queue in
      queue.isClosed = true
      defer { queue.jobs = [] }
      return queue.jobs
    }
  }
}

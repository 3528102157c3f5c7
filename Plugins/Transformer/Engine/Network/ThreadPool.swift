internal import CTransformerKernels
internal import TransformerFiles

/// Threads of one model: started when first needed, joined when the model goes.
final class ThreadPool {
  private let pool: OpaquePointer

  init() throws {
    guard let pool = tk_pool_create() else {
      throw TransformerError(.outOfMemory, "not enough memory for a thread pool")
    }
    self.pool = pool
  }

  deinit { tk_pool_destroy(pool) }

  /// Calls `body(worker, index)` for each index; `worker` is below `threads` and used by one thread at a time.
  func run(_ count: Int, threads: Int, _ body: (_ worker: Int, _ index: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { context in
        // A thread that cannot be started leaves more work to the others, which changes nothing but the time.
        _ = tk_pool_run(
          pool, Int64(threads), Int64(count),
          { context, worker, index in
            guard let context else { return }
            context.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(Int(worker), Int(index))
          }, context)
      }
    }
  }
}

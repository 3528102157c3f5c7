#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "CTransformerKernels.h"

/* Workers wait for a new `generation`: they spin for some microseconds, since the next piece of work usually follows
 * at once, then sleep. */
struct TKPool {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_t *threads;
  int64_t started;
  _Atomic uint64_t generation;
  _Atomic int64_t next, busy, sleeping;
  int64_t count, wanted;
  TKBody body;
  void *context;
  atomic_bool ending;
};

typedef struct { TKPool *pool; int64_t worker; uint64_t seen; } Start;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  atomic_signal_fence(memory_order_seq_cst);
#endif
}

static void work(TKPool *pool, int64_t worker) {
  for (;;) {
    int64_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (index >= pool->count) return;
    pool->body(pool->context, worker, index);
  }
}

static void *live(void *argument) {
  Start start = *(Start *)argument;
  free(argument);
  TKPool *pool = start.pool;
  uint64_t seen = start.seen;
  for (;;) {
    for (int spins = 0; spins < 4000 && atomic_load(&pool->generation) == seen; spins++) pause_briefly();
    if (atomic_load(&pool->generation) == seen) {
      pthread_mutex_lock(&pool->lock);
      atomic_fetch_add(&pool->sleeping, 1);
      while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->lock);
      atomic_fetch_sub(&pool->sleeping, 1);
      pthread_mutex_unlock(&pool->lock);
    }
    seen = atomic_load(&pool->generation);
    if (atomic_load(&pool->ending)) return NULL;
    if (start.worker < pool->wanted) work(pool, start.worker);
    atomic_fetch_sub(&pool->busy, 1);
  }
}

TKPool *tk_pool_create(void) {
  TKPool *pool = calloc(1, sizeof(TKPool));
  if (!pool) return NULL;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->wake, NULL);
  return pool;
}

static void announce(TKPool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  /* A worker counts itself as sleeping before it looks at `generation` a last time, under the lock. */
  if (atomic_load(&pool->sleeping) > 0) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
  }
}

void tk_pool_destroy(TKPool *pool) {
  if (!pool) return;
  atomic_store(&pool->ending, true);
  announce(pool);
  for (int64_t i = 0; i < pool->started; i++) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->lock);
  free(pool->threads);
  free(pool);
}

static bool start(TKPool *pool, int64_t workers) {
  if (workers <= pool->started) return true;
  pthread_t *threads = realloc(pool->threads, (size_t)workers * sizeof(pthread_t));
  if (!threads) return false;
  pool->threads = threads;
  while (pool->started < workers) {
    Start *argument = malloc(sizeof(Start));
    if (!argument) return false;
    *argument = (Start){pool, pool->started + 1, atomic_load(&pool->generation)};
    if (pthread_create(&pool->threads[pool->started], NULL, live, argument) != 0) {
      free(argument);
      return false;
    }
    pool->started++;
  }
  return true;
}

bool tk_pool_run(TKPool *pool, int64_t threads, int64_t count, TKBody body, void *context) {
  if (threads > count) threads = count;
  if (threads <= 1) {
    for (int64_t i = 0; i < count; i++) body(context, 0, i);
    return true;
  }
  bool complete = start(pool, threads - 1);
  pool->body = body;
  pool->context = context;
  pool->count = count;
  pool->wanted = threads;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->busy, pool->started);
  announce(pool);
  work(pool, 0);
  for (int spins = 0; atomic_load(&pool->busy) > 0; spins++) {
    if (spins < 100000) pause_briefly();
    else { struct timespec brief = {0, 20000}; nanosleep(&brief, NULL); }
  }
  return complete;
}

#define _GNU_SOURCE
#include "CPolyaHTTP.h"

#if __has_include(<microhttpd.h>)

#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result Result;
#else
typedef int Result;
#endif

/* The functions of the library, whose types are those of its header. */
typedef struct Library {
  __typeof__(&MHD_start_daemon) start;
  __typeof__(&MHD_quiesce_daemon) quiesce;
  __typeof__(&MHD_stop_daemon) stop;
  __typeof__(&MHD_suspend_connection) suspend;
  __typeof__(&MHD_resume_connection) resume;
  __typeof__(&MHD_lookup_connection_value) lookup;
  __typeof__(&MHD_get_connection_info) info;
  __typeof__(&MHD_create_response_from_buffer) respond;
  __typeof__(&MHD_add_response_header) add_header;
  __typeof__(&MHD_queue_response) queue;
  __typeof__(&MHD_destroy_response) destroy;
} Library;

struct PolyaHTTPServer {
  Library library;
  PolyaHTTPSettings settings;
  struct MHD_Daemon *daemon;
  atomic_int active; /* requests that are not over */
};

/* Safety: belongs to the server's thread until arrives(), during which and after which the connection is suspended, so
 * that no thread of the library touches it; then to whoever answers it, until the connection is resumed. */
struct PolyaHTTPExchange {
  PolyaHTTPServer *server;
  struct MHD_Connection *connection;
  PolyaHTTPHead head;
  uint8_t *body;
  size_t size, capacity;
  uint64_t dropped;
  int is_kept, is_too_large, is_handed_over;
  struct MHD_Response *response;
  unsigned status;
};

/* A client that sends more than this after its request was refused is cut off. */
static const uint64_t most_dropped = UINT64_C(256) << 20;

static int load(Library *library) {
  void *file = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
  if (!file) return 0;
#define LOAD(member, name) (library->member = (__typeof__(&name))dlsym(file, #name)) != NULL
  return LOAD(start, MHD_start_daemon) && LOAD(quiesce, MHD_quiesce_daemon) && LOAD(stop, MHD_stop_daemon) &&
         LOAD(suspend, MHD_suspend_connection) && LOAD(resume, MHD_resume_connection) &&
         LOAD(lookup, MHD_lookup_connection_value) && LOAD(info, MHD_get_connection_info) &&
         LOAD(respond, MHD_create_response_from_buffer) && LOAD(add_header, MHD_add_response_header) &&
         LOAD(queue, MHD_queue_response) && LOAD(destroy, MHD_destroy_response);
#undef LOAD
}

static const char *header(const PolyaHTTPExchange *exchange, const char *name) {
  return exchange->server->library.lookup(exchange->connection, MHD_HEADER_KIND, name);
}

static PolyaHTTPExchange *begin(PolyaHTTPServer *server, struct MHD_Connection *connection, const char *path,
                                const char *method) {
  PolyaHTTPExchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) return NULL;
  exchange->server = server;
  exchange->connection = connection;
  const char *size = header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
  exchange->head = (PolyaHTTPHead){
    .method = method,
    .path = path,
    .authorization = header(exchange, MHD_HTTP_HEADER_AUTHORIZATION),
    .content_type = header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE),
    .body_size = size ? strtoull(size, NULL, 10) : 0,
  };
  exchange->is_kept = server->settings.begins(server->settings.context, &exchange->head);
  atomic_fetch_add(&server->active, 1);
  return exchange;
}

static void drop_body(PolyaHTTPExchange *exchange) {
  free(exchange->body);
  exchange->body = NULL;
  exchange->size = exchange->capacity = 0;
}

/* Gives 0 when the connection is to be cut. */
static int take(PolyaHTTPExchange *exchange, const char *bytes, size_t count) {
  if (exchange->is_kept && !exchange->is_too_large) {
    const uint64_t limit = exchange->server->settings.body_limit;
    if (count > limit || exchange->size > limit - count) {
      exchange->is_too_large = 1;
      drop_body(exchange);
    }
  }
  if (!exchange->is_kept || exchange->is_too_large) {
    exchange->dropped += count;
    return exchange->dropped <= most_dropped;
  }
  const size_t needed = exchange->size + count;
  if (needed > exchange->capacity) {
    const size_t capacity = needed > 2 * exchange->capacity ? needed : 2 * exchange->capacity;
    uint8_t *body = realloc(exchange->body, capacity);
    if (!body) return 0;
    exchange->body = body;
    exchange->capacity = capacity;
  }
  memcpy(exchange->body + exchange->size, bytes, count);
  exchange->size = needed;
  return 1;
}

/* Suspends before anyone else can resume. */
static void hand_over(PolyaHTTPExchange *exchange) {
  const PolyaHTTPSettings *settings = &exchange->server->settings;
  exchange->is_handed_over = 1;
  exchange->server->library.suspend(exchange->connection);
  /* From the answer on, the exchange is another thread's, so that its parts are taken out before. */
  uint8_t *body = exchange->body;
  const size_t size = exchange->size;
  exchange->body = NULL;
  const PolyaHTTPHead head = exchange->head;
  const int fate = !exchange->is_kept       ? POLYA_HTTP_BODY_UNWANTED
                   : exchange->is_too_large ? POLYA_HTTP_BODY_TOO_LARGE
                                            : POLYA_HTTP_BODY_KEPT;
  settings->arrives(settings->context, exchange, &head, body, size, fate);
  free(body);
}

static Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                     const char *version, const char *bytes, size_t *count, void **state) {
  (void)version;
  PolyaHTTPServer *server = context;
  PolyaHTTPExchange *exchange = *state;
  if (!exchange) {
    *state = exchange = begin(server, connection, path, method);
    if (!exchange) return MHD_NO;
    /* A client that asks before it sends a body need not send one that is refused. */
    if (!exchange->is_kept && header(exchange, MHD_HTTP_HEADER_EXPECT)) hand_over(exchange);
    return MHD_YES;
  }
  if (exchange->response) return server->library.queue(connection, exchange->status, exchange->response);
  if (*count > 0) {
    const int goes_on = take(exchange, bytes, *count);
    *count = 0;
    return goes_on ? MHD_YES : MHD_NO;
  }
  /* One that was answered without a response: memory was short. */
  if (exchange->is_handed_over) return MHD_NO;
  hand_over(exchange);
  return MHD_YES;
}

static void end(void *context, struct MHD_Connection *connection, void **state,
                enum MHD_RequestTerminationCode code) {
  (void)connection;
  (void)code;
  PolyaHTTPServer *server = context;
  PolyaHTTPExchange *exchange = *state;
  if (!exchange) return;
  *state = NULL;
  if (exchange->response) server->library.destroy(exchange->response);
  server->settings.ends(server->settings.context, exchange->is_kept);
  free(exchange->body);
  free(exchange);
  atomic_fetch_sub(&server->active, 1);
}

int polya_http_start(const PolyaHTTPSettings *settings, PolyaHTTPServer **out) {
  PolyaHTTPServer *server = calloc(1, sizeof *server);
  int status = POLYA_HTTP_FAILED;
  if (server && !load(&server->library)) status = POLYA_HTTP_NOT_INSTALLED;
  else if (server && listen(settings->descriptor, 128) == 0) {
    server->settings = *settings;
    server->daemon = server->library.start(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, &handle, server,
      MHD_OPTION_LISTEN_SOCKET, settings->descriptor,
      MHD_OPTION_NOTIFY_COMPLETED, &end, server,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)settings->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)settings->idle_seconds,
      MHD_OPTION_THREAD_POOL_SIZE, (unsigned)settings->threads,
      MHD_OPTION_END);
    if (server->daemon) status = POLYA_HTTP_STARTED;
  }
  if (status != POLYA_HTTP_STARTED) {
    close(settings->descriptor);
    free(server);
    return status;
  }
  *out = server;
  return status;
}

void polya_http_stop(PolyaHTTPServer *server, uint32_t seconds) {
  const int descriptor = server->library.quiesce(server->daemon);
  for (uint32_t tick = 0; tick < 100 * seconds && atomic_load(&server->active) > 0; tick++) poll(NULL, 0, 10);
  server->library.stop(server->daemon);
  if (descriptor >= 0) close(descriptor);
  free(server);
}

void polya_http_answer(PolyaHTTPExchange *exchange, const PolyaHTTPAnswer *answer) {
  const Library *library = &exchange->server->library;
  /* The library copies the bytes and does not write to them. */
  struct MHD_Response *response =
    library->respond(answer->size, (void *)(uintptr_t)answer->body, MHD_RESPMEM_MUST_COPY);
  if (response) {
    library->add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    if (answer->header_name) library->add_header(response, answer->header_name, answer->header_value);
  }
  exchange->status = answer->status;
  exchange->response = response;
  library->resume(exchange->connection);
}

int polya_http_is_gone(const PolyaHTTPExchange *exchange) {
  const union MHD_ConnectionInfo *info =
    exchange->server->library.info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (!info) return 0;
  char byte;
  const ssize_t count = recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

#else

#include <unistd.h>

int polya_http_start(const PolyaHTTPSettings *settings, PolyaHTTPServer **out) {
  (void)out;
  close(settings->descriptor);
  return POLYA_HTTP_NOT_BUILT;
}
void polya_http_stop(PolyaHTTPServer *server, uint32_t seconds) { (void)server, (void)seconds; }
void polya_http_answer(PolyaHTTPExchange *exchange, const PolyaHTTPAnswer *answer) { (void)exchange, (void)answer; }
int polya_http_is_gone(const PolyaHTTPExchange *exchange) { return (void)exchange, 0; }

#endif

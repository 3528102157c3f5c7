/* CPolyaHTTP.h - libmicrohttpd, loaded when a server starts, behind the little that polya needs of it: whole requests in,
 * whole answers out. It is optional when building and when running. Functions may be called from any thread. */
#ifndef CPOLYAHTTP_H
#define CPOLYAHTTP_H

#include <stddef.h>
#include <stdint.h>

/* A bound socket that does not listen yet. */
typedef struct PolyaHTTPSocket {
  int descriptor;
  uint16_t port;    /* the actual one */
  int is_loopback;  /* whether only this machine can reach it */
} PolyaHTTPSocket;

/* Binds to a name or address. Gives NULL, or the system's reason, which is valid until the next call. */
const char *polya_http_bind(const char *host, uint16_t port, PolyaHTTPSocket *out);

typedef struct PolyaHTTPServer PolyaHTTPServer;
typedef struct PolyaHTTPExchange PolyaHTTPExchange; /* one request and its answer */

/* What comes before the body; valid in the callback that gets it. Headers that were not sent are NULL. */
typedef struct PolyaHTTPHead {
  const char *method, *path, *authorization, *content_type;
  uint64_t body_size; /* as announced; 0 if it was not */
} PolyaHTTPHead;

enum { POLYA_HTTP_BODY_KEPT, POLYA_HTTP_BODY_UNWANTED, POLYA_HTTP_BODY_TOO_LARGE };

typedef struct PolyaHTTPSettings {
  int descriptor;      /* of a PolyaHTTPSocket; becomes the server's, also when it does not start */
  uint32_t connections; /* at most so many; others wait to be accepted */
  uint32_t threads, idle_seconds; /* idle_seconds: a connection on which nothing moves for so long is closed */
  uint64_t body_limit;
  /* The callbacks run on the server's threads, several at a time. */
  void *context;
  /* A head has arrived. 1: its body is kept; 0: it is thrown away, since the request will be refused. */
  int (*begins)(void *context, const PolyaHTTPHead *head);
  /* All of a request has arrived. The body is valid in this call; fate: a POLYA_HTTP_BODY_. The exchange is valid until
   * it is answered, which must happen once, here or later. */
  void (*arrives)(void *context, PolyaHTTPExchange *exchange, const PolyaHTTPHead *head, const uint8_t *body,
                  size_t size, int fate);
  /* A request for which begins() was called is over, answered or not; was_kept: what begins() gave. */
  void (*ends)(void *context, int was_kept);
} PolyaHTTPSettings;

enum { POLYA_HTTP_STARTED, POLYA_HTTP_NOT_BUILT, POLYA_HTTP_NOT_INSTALLED, POLYA_HTTP_FAILED };
int polya_http_start(const PolyaHTTPSettings *settings, PolyaHTTPServer **out);
/* Accepts no more connections, waits up to `seconds` until all requests are over, and closes everything. Every exchange
 * must have been answered, and those that still arrive must be answered in arrives(). */
void polya_http_stop(PolyaHTTPServer *server, uint32_t seconds);

typedef struct PolyaHTTPAnswer {
  uint32_t status;
  const char *content_type, *header_name, *header_value; /* header_name NULL: no further header */
  const uint8_t *body;
  size_t size;
} PolyaHTTPAnswer;
/* Everything is copied; the exchange is gone afterwards. */
void polya_http_answer(PolyaHTTPExchange *exchange, const PolyaHTTPAnswer *answer);
/* Whether the client of an exchange that is not answered has closed its end. */
int polya_http_is_gone(const PolyaHTTPExchange *exchange);

#endif

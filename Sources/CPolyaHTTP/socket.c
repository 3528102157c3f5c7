#define _GNU_SOURCE
#include "CPolyaHTTP.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_loopback(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET) {
    return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
  }
  const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

static const char *bind_to(const struct addrinfo *found, PolyaHTTPSocket *out) {
  int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return strerror(errno);
  /* A server that was just stopped may start again at once. */
  int on = 1;
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
      getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
    const char *why = strerror(errno);
    close(descriptor);
    return why;
  }
  /* The port is at the same place for both families. */
  out->descriptor = descriptor;
  out->port = ntohs(((const struct sockaddr_in *)&address)->sin_port);
  out->is_loopback = is_loopback(&address);
  return NULL;
}

const char *polya_http_bind(const char *host, uint16_t port, PolyaHTTPSocket *out) {
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  int status = getaddrinfo(host, service, &hints, &found);
  if (status != 0) return gai_strerror(status);
  const char *why = "it has no address";
  for (const struct addrinfo *next = found; next && why; next = next->ai_next) {
    if (next->ai_family == AF_INET || next->ai_family == AF_INET6) why = bind_to(next, out);
  }
  freeaddrinfo(found);
  return why;
}

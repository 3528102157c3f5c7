/* Preloaded into polya: counts the calls that change its files, and kills or stops the process before or after the N-th
 * one, or lets that one fail.
 *
 *   POLYA_FAULT=count:FILE      writes the number of calls into FILE
 *   POLYA_FAULT=before:N        SIGKILL instead of call N
 *   POLYA_FAULT=after:N         SIGKILL right after call N
 *   POLYA_FAULT=stop:N          SIGSTOP before call N
 *   POLYA_FAULT=fail:N          call N fails with EIO
 *   POLYA_FAULT=full:N          from call N on, every write of the process fails with ENOSPC
 *
 * Only calls on what lies below POLYA_FAULT_ROOT count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static const char *root;

/* Whether a path, or what a descriptor is of, is of interest. */
static int counts(const char *path, int file) {
  char found[4096], link[64];
  if (!path) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, found, sizeof found - 1);
    if (size < 0) return 0;
    found[size] = 0;
    path = found;
  }
  return !root || strncmp(path, root, strlen(root)) == 0;
}

static enum { OFF, COUNT, BEFORE, AFTER, STOP, FAIL, FULL } mode;
static long target;
static atomic_long calls;
static int counted = -1;

__attribute__((constructor)) static void begin(void) {
  char program[4096];
  const char *fault = getenv("POLYA_FAULT");
  ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
  if (!fault || size < 6) return;
  program[size] = 0;
  if (strcmp(program + size - 6, "/polya") != 0) return; /* not in what it starts */
  root = getenv("POLYA_FAULT_ROOT");
  const char *value = strchr(fault, ':') + 1;
  if (!strncmp(fault, "count:", 6)) {
    mode = COUNT;
    counted = open(value, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  } else {
    mode = !strncmp(fault, "before:", 7) ? BEFORE : !strncmp(fault, "after:", 6) ? AFTER
         : !strncmp(fault, "stop:", 5) ? STOP : !strncmp(fault, "fail:", 5) ? FAIL : FULL;
    target = atol(value);
  }
}

static void end_here(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Whether the call is to fail. */
static int meets_fault(long number) {
  if (mode == COUNT) {
    char text[32];
    int size = snprintf(text, sizeof text, "%ld\n", number);
    if (pwrite(counted, text, (size_t)size, 0) < 0) abort();
  }
  if (mode == FULL && number >= target) return ENOSPC;
  if (number != target) return 0;
  if (mode == BEFORE) end_here();
  if (mode == STOP) kill(getpid(), SIGSTOP);
  return mode == FAIL ? EIO : 0;
}

#define CHANGING(name, parameters, arguments, path, file)                                       \
  int name parameters {                                                              \
    static int(*real) parameters;                                                    \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                            \
    if (mode == OFF || !counts(path, file)) return real arguments;                   \
    long number = atomic_fetch_add(&calls, 1) + 1;                                   \
    int reason = meets_fault(number);                                                \
    if (reason) return errno = reason, -1;                                           \
    int result = real arguments;                                                     \
    if (mode == AFTER && number == target) end_here();                               \
    return result;                                                                   \
  }

CHANGING(rename, (const char *from, const char *to), (from, to), from, -1)
CHANGING(fsync, (int file), (file), NULL, file)
CHANGING(unlink, (const char *path), (path), path, -1)
CHANGING(rmdir, (const char *path), (path), path, -1)
CHANGING(mkdir, (const char *path, mode_t bits), (path, bits), path, -1)
CHANGING(ftruncate, (int file, off_t size), (file, size), NULL, file)

ssize_t write(int file, const void *data, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "write");
  if (mode == FULL && file > 2 && counts(NULL, file) && atomic_load(&calls) >= target) return errno = ENOSPC, -1;
  return real(file, data, size);
}

/* attacking_reward.c - a reward that tries to leave its process. A row's question names the attempt and its completion is
 * the attempt's argument; the score is 1 where it got through and 0 where it was refused. A new attempt is a function and
 * a line of `attempts`. */
#define _GNU_SOURCE
#include <polya/polya.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const PolyaCall *current;
static uint64_t row_number;
static const void *lane_pointer;

static int kills_parent(const char *unused) {
  (void)unused;
  kill(getppid(), SIGKILL);
  return 0;
}
static int stops_everyone(const char *unused) {
  (void)unused;
  kill(getppid(), SIGSTOP);
  kill(-1, SIGSTOP);
  return 0;
}
static int kills_host(const char *host) { return kill(atoi(host), 0) == 0; }
static int reads_host(const char *host) {
  char path[64], byte;
  snprintf(path, sizeof path, "/proc/%d/mem", atoi(host));
  int file = open(path, O_RDONLY);
  if (file >= 0) return 1;
  struct iovec mine = { &byte, 1 }, theirs = { (void *)(uintptr_t)0x10000, 1 };
  if (process_vm_readv(atoi(host), &mine, 1, &theirs, 1, 0) == 1) return 1;
  return ptrace(PTRACE_SEIZE, atoi(host), 0, 0) == 0;
}
static int takes_descriptors(const char *host) {
  int process = (int)syscall(SYS_pidfd_open, atoi(host), 0);
  return process >= 0 && syscall(438 /* pidfd_getfd */, process, 1, 0) >= 0;
}
static int sees_processes(const char *unused) {
  (void)unused;
  DIR *folder = opendir("/proc");
  int count = 0;
  for (struct dirent *entry; folder && (entry = readdir(folder));)
    count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
  return count > 3; /* itself and the two that made its namespace */
}
static int writes_file(const char *path) { return open(path, O_WRONLY | O_CREAT, 0600) >= 0; }
static int removes_file(const char *path) { return unlink(path) == 0; }
static int connects(const char *port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int file = socket(AF_INET, SOCK_STREAM, 0);
  return file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) == 0;
}
static int connects_locally(const char *name, int abstract) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  size_t size = strlen(name);
  if (size + 1 >= sizeof address.sun_path) return 0;
  memcpy(address.sun_path + abstract, name, size);
  int file = socket(AF_UNIX, SOCK_STREAM, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
  return file >= 0 && connect(file, (struct sockaddr *)&address, length) == 0;
}
static int connects_abstractly(const char *name) { return connects_locally(name, 1); }
static int connects_by_path(const char *path) { return connects_locally(path, 0); }
static int maps_shared(const char *mebibytes) {
  for (long left = atol(mebibytes); left > 0; left -= 64)
    if (mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
      return 0;
  return 1;
}
static int fills_private_folder(const char *mebibytes) {
  int file = open("/dev/shm/fill", O_RDWR | O_CREAT, 0600);
  if (file < 0) return 0;
  int result = posix_fallocate(file, 0, (off_t)atol(mebibytes) << 20) == 0;
  unlink("/dev/shm/fill");
  return result;
}
static int holds_unnamed_files(const char *mebibytes) {
  int file = memfd_create("hidden", 0);
  return file >= 0 && posix_fallocate(file, 0, (off_t)atol(mebibytes) << 20) == 0;
}
static int shrinks_lane(const char *unused) {
  (void)unused;
  return ftruncate(4, 0) == 0;
}
static int leaves_child(const char *seconds) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) execlp("sleep", "sleep", seconds, (char *)NULL);
    _exit(0);
  }
  return 0;
}
static int gains_privileges(const char *unused) {
  (void)unused;
  return mount("none", "/mnt", "tmpfs", 0, NULL) == 0 || chroot("/") == 0 || setuid(0) + setuid(1) == 0;
}
static int finishes_for_ever(const char *unused) {
  (void)unused;
  for (int ever = 1; ever;) current->finished(current, row_number);
  return 1;
}
static int beats_for_ever(const char *unused) {
  (void)unused;
  uint32_t *beat = (uint32_t *)(((uintptr_t)lane_pointer & ~((UINT64_C(1) << 33) - 1)) + 64);
  for (int ever = 1; ever;) __atomic_add_fetch(beat, 1, __ATOMIC_RELEASE);
  return 1;
}
static int sends_garbage(const char *unused) {
  (void)unused;
  send(3, "garbage", 7, 0);
  pause();
  return 1;
}
static int sends_wild_reply(const char *unused) {
  uint64_t words[8] = { 4, 0, ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) };
  (void)unused;
  send(3, words, sizeof words, 0);
  pause();
  return 1;
}
static int closes_everything(const char *unused) {
  (void)unused;
  for (int file = 0; file < 64; file++) close(file);
  pause();
  return 1;
}
static int scribbles(const char *unused) {
  (void)unused;
  memset((void *)((uintptr_t)lane_pointer & ~((UINT64_C(1) << 33) - 1)), 0xA5, 1 << 20);
  abort();
}
static int overflows_stack(const char *unused) {
  (void)unused;
  for (volatile int ever = 1; ever;) {
    volatile char *here = __builtin_alloca(1 << 16);
    *here = 1;
  }
  return 1;
}

static const struct {
  const char *name;
  int (*attempt)(const char *argument);
} attempts[] = {
  { "kills its parent", kills_parent },
  { "stops everyone", stops_everyone },
  { "signals the host", kills_host },
  { "reads or traces the host", reads_host },
  { "takes the host's descriptors", takes_descriptors },
  { "sees other processes", sees_processes },
  { "writes a file of the user", writes_file },
  { "removes a file of the user", removes_file },
  { "connects to a port", connects },
  { "connects to an abstract socket", connects_abstractly },
  { "connects to a socket in /tmp", connects_by_path },
  { "maps shared memory above its limit", maps_shared },
  { "fills /dev/shm above its limit", fills_private_folder },
  { "holds memory in files without names", holds_unnamed_files }, /* held by control groups alone */
  { "shrinks the shared memory", shrinks_lane },
  { "leaves a child behind", leaves_child },
  { "gains privileges", gains_privileges },
  { "finishes a row for ever", finishes_for_ever },
  { "beats for ever", beats_for_ever },
  { "sends garbage", sends_garbage },
  { "sends a wild reply", sends_wild_reply },
  { "closes everything", closes_everything },
  { "scribbles over the shared memory", scribbles },
  { "overflows its stack", overflows_stack },
};

static int is(PolyaText text, const char *word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}
static PolyaStatus describe(PolyaInstance *self, const PolyaCall *call, PolyaRewardInfo *out) {
  (void)self;
  (void)call;
  out->high = 1;
  return POLYA_OK;
}
static PolyaStatus score(PolyaInstance *self, const PolyaCall *call, PolyaRows in, PolyaRowsMut out) {
  (void)self;
  for (uint64_t i = 0; i < in.count; i++) {
    const PolyaRewardItem *item = POLYA_ROW(PolyaRewardItem, in, i);
    PolyaRewardResult *row = POLYA_ROW_MUT(PolyaRewardResult, out, i);
    char argument[4096] = { 0 };
    if (item->completion.size < sizeof argument) memcpy(argument, item->completion.data, item->completion.size);
    current = call, row_number = i, lane_pointer = in.base;
    row->verdict = POLYA_VERDICT_SCORED;
    for (size_t n = 0; n < sizeof attempts / sizeof *attempts; n++)
      if (is(item->question, attempts[n].name)) row->score = attempts[n].attempt(argument);
    call->finished(call, i);
  }
  return POLYA_OK;
}

#define ID "attacking"
#define TITLE "Attacking"
#define SUMMARY "Tries to get out."
#include "reward_module.h"

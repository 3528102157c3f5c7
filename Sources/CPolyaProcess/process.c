#define _GNU_SOURCE
#include "CPolyaProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/* What this sanitizer leaves to programs. */
#define LANE_START UINT64_C(0x1000000000)
#define LANE_COUNT 48
#define SANITIZED 1
#elif __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef LANE_START
#define LANE_START UINT64_C(0x600000000000)
#define LANE_COUNT 1024
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

uint64_t polya_lane_start(void) { return LANE_START; }
uint64_t polya_lane_count(void) { return LANE_COUNT; }

int polya_memory_file(uint64_t size) {
  int descriptor = memfd_create("polya-lane", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, (off_t)size) == 0) return descriptor;
  int reason = errno;
  close(descriptor);
  errno = reason;
  return -1;
}

int polya_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int polya_process_file(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int polya_high_copy(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 16); }

int polya_map_at(int descriptor, uint64_t address, uint64_t size) {
  void *wanted = (void *)(uintptr_t)address;
  void *base = mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, descriptor, 0);
  if (base == MAP_FAILED) return -1;
  if (base == wanted) return 0;
  /* A sanitizer's mmap may move what it does not like. */
  munmap(base, size);
  errno = EEXIST;
  return -1;
}

int polya_release_pages(void *base, uint64_t size) { return madvise(base, size, MADV_REMOVE); }

/* The environment with one variable more; NULL when there is no memory. */
static char **environment_with(char *variable) {
  size_t count = 0, name = strchr(variable, '=') - variable + 1, kept = 0;
  while (environ[count]) count++;
  char **copy = malloc((count + 2) * sizeof *copy);
  if (!copy) return NULL;
  for (size_t i = 0; i < count; i++)
    if (strncmp(environ[i], variable, name) != 0) copy[kept++] = environ[i];
  copy[kept++] = variable;
  copy[kept] = NULL;
  return copy;
}

pid_t polya_start_worker(const char *program, char *const arguments[], int output, int control, int memory) {
  char variable[] = "SWIFT_BACKTRACE=enable=no";
  char **environment = environment_with(variable);
  if (!environment) return -1;
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  pid_t process = -1;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_adddup2(&files, output, 2);
  posix_spawn_file_actions_adddup2(&files, control, 3);
  posix_spawn_file_actions_adddup2(&files, memory, 4);
  posix_spawn_file_actions_addclosefrom_np(&files, 5);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int reason = posix_spawn(&process, program, &files, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  free(environment);
  if (reason == 0) return process;
  errno = reason;
  return -1;
}

/* Sockets of other families than AF_UNIX are refused, and io_uring, which could open them behind the filter's back. */
static int deny_network(void) {
#if defined(__x86_64__)
  const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  const uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "the filter of system calls is not written for this architecture"
#endif
  const uint32_t refuse = SECCOMP_RET_ERRNO | (EACCES & SECCOMP_RET_DATA);
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, refuse),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 5, 0), /* the x32 twins of the calls */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 4, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 2),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, refuse),
  };
  struct sock_fprog program = { .len = sizeof filter / sizeof *filter, .filter = filter };
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int polya_confine(uint64_t data_limit, int allow_network) {
  const struct rlimit no_core = { 0, 0 }, data = { data_limit, data_limit };
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return -1;
  /* The shadow memory of a sanitizer counts as data, and is larger than any sensible limit. */
  if (data_limit && !SANITIZED && setrlimit(RLIMIT_DATA, &data) != 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return allow_network ? 0 : deny_network();
}

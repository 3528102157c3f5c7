#define _GNU_SOURCE
#include "CPolyaProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/* What this sanitizer leaves to programs. */
#define SHARED_MEMORY_START UINT64_C(0x1000000000)
#define SHARED_MEMORY_COUNT 48
#define SANITIZED 1
#elif __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SHARED_MEMORY_START
#define SHARED_MEMORY_START UINT64_C(0x600000000000)
#define SHARED_MEMORY_COUNT 1024
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

uint64_t polya_shared_memory_start(void) { return SHARED_MEMORY_START; }
uint64_t polya_shared_memory_count(void) { return SHARED_MEMORY_COUNT; }

int polya_memory_file(uint64_t size) {
  int descriptor = memfd_create("polya-shared-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, (off_t)size) == 0 &&
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return descriptor;
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

static pid_t start_worker(const char *program, char *const arguments[], int output, int control, int memory) {
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

/* The thread that starts workers: the kernel takes the end of the thread that made a process for the end of its parent. */
static struct {
  pthread_mutex_t busy, lock;
  pthread_cond_t changed;
  pid_t owner; /* the process whose thread it is: a fork has none */
  int is_asked;
  const char *program;
  char *const *arguments;
  int output, control, memory, reason;
  pid_t started;
} starter = { .busy = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void *start_workers(void *unused) {
  (void)unused;
  pthread_mutex_lock(&starter.lock);
  for (;;) {
    while (!starter.is_asked) pthread_cond_wait(&starter.changed, &starter.lock);
    starter.started = start_worker(starter.program, starter.arguments, starter.output, starter.control, starter.memory);
    starter.reason = errno;
    starter.is_asked = 0;
    pthread_cond_broadcast(&starter.changed);
  }
}

pid_t polya_start_worker(const char *program, char *const arguments[], int output, int control, int memory) {
  pthread_mutex_lock(&starter.busy);
  pthread_mutex_lock(&starter.lock);
  pid_t process = -1;
  int reason = 0;
  if (starter.owner != getpid()) {
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    reason = pthread_create(&thread, NULL, start_workers, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (reason == 0) {
      pthread_detach(thread);
      starter.owner = getpid();
    }
  }
  if (reason == 0) {
    starter.program = program, starter.arguments = arguments;
    starter.output = output, starter.control = control, starter.memory = memory;
    starter.is_asked = 1;
    pthread_cond_broadcast(&starter.changed);
    while (starter.is_asked) pthread_cond_wait(&starter.changed, &starter.lock);
    process = starter.started, reason = starter.reason;
  }
  pthread_mutex_unlock(&starter.lock);
  pthread_mutex_unlock(&starter.busy);
  errno = reason;
  return process;
}

int polya_run(const char *program, char *const arguments[]) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return -1;
  pid_t process = start_worker(program, arguments, nothing, nothing, nothing);
  close(nothing);
  if (process < 0) return -1;
  int status;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int polya_protect(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

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

/* Bytes of address space that a program of so much private memory may take: shared memory counts here only. Stacks and
 * arenas of threads are reserved, not used, so there is room for them. */
static uint64_t address_space(uint64_t data_limit, uint64_t shared_size) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
  }
  const uint64_t mapped = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
  const uint64_t threads = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) * (UINT64_C(144) << 20);
  return mapped + shared_size + data_limit + (UINT64_C(1) << 30) + threads;
}

int polya_confine(uint64_t data_limit, uint64_t shared_size, int filter_network) {
  const struct rlimit no_core = { 0, 0 }, data = { data_limit, data_limit };
  for (int descriptor = 3; descriptor <= 4; descriptor++)
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) return -1;
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return -1;
  if (data_limit && !SANITIZED) {
    const uint64_t bytes = address_space(data_limit, shared_size);
    const struct rlimit space = { bytes, bytes };
    if (setrlimit(RLIMIT_AS, &space) != 0) return -1;
  }
  /* The shadow memory of a sanitizer counts as data, and is larger than any sensible limit. */
  if (data_limit && !SANITIZED && setrlimit(RLIMIT_DATA, &data) != 0) return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return filter_network ? deny_network() : 0;
}

/* CPolyaProcess.h - the system calls of a worker process that Swift cannot make: those with variable arguments, and
 * the filter of its system calls. Every function gives -1 and errno on failure. */
#ifndef CPOLYAPROCESS_H
#define CPOLYAPROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where shared memory is mapped, and for how many pieces there is room: far from what loaders and allocators use. */
uint64_t polya_shared_memory_start(void);
uint64_t polya_shared_memory_count(void);
/* Anonymous memory as a file descriptor, closed on exec, of `size` bytes that cost nothing until they are touched. Its
 * size is sealed: whoever shares it cannot take pages away under the other's feet. */
int polya_memory_file(uint64_t size);
/* A pipe, read end first, closed on exec. */
int polya_pipe(int ends[2]);
/* A descriptor that becomes readable when the process has ended; closed on exec. */
int polya_process_file(pid_t process);
/* A copy of a descriptor at 16 or above, closed on exec. */
int polya_high_copy(int descriptor);
/* Maps the memory at exactly this address, shared; fails with EEXIST when something is there already. */
int polya_map_at(int descriptor, uint64_t address, uint64_t size);
/* Gives the pages of a part of shared memory back to the system; they read as zero afterwards. */
int polya_release_pages(void *base, uint64_t size);
/* Starts `program` in a process group of its own with descriptors 0 (nothing), 1 and 2 (output), 3 (control),
 * 4 (memory), and no others, and without the backtraces that would delay the notice of a crash. Gives the process id.
 * The parent is a thread that lives as long as this process, so that "die with the parent" means this process. */
pid_t polya_start_worker(const char *program, char *const arguments[], int output, int control, int memory);
/* Runs a program without input and output; gives its exit status, or -1. */
int polya_run(const char *program, char *const arguments[]);
/* Called by a worker before it loads anything: no core files, no new privileges, at most `data_limit` bytes of private
 * memory (0: no limit), address space for little more than that and `shared_size` bytes of shared memory, and with
 * filter_network no sockets but local ones, in this process and all it starts. Its two descriptors close on exec. */
int polya_confine(uint64_t data_limit, uint64_t shared_size, int filter_network);
/* Other processes of this user can neither trace this one nor read its memory. */
int polya_protect(void);

/* A word that both processes see. */
static inline void polya_store_release(void *word, uint32_t value) {
  __atomic_store_n((uint32_t *)word, value, __ATOMIC_RELEASE);
}
static inline uint32_t polya_load_acquire(const void *word) {
  return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE);
}
static inline uint32_t polya_add_release(void *word, uint32_t value) {
  return __atomic_add_fetch((uint32_t *)word, value, __ATOMIC_RELEASE);
}
static inline void polya_mark(uint8_t *byte) { __atomic_store_n(byte, 1, __ATOMIC_RELEASE); }
static inline int polya_is_marked(const uint8_t *byte) { return __atomic_load_n(byte, __ATOMIC_ACQUIRE) == 1; }

#endif

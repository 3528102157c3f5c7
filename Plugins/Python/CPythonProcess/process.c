#define _GNU_SOURCE
#include "CPythonProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *const settings[] = { "PYTHONHASHSEED=0", "PYTHONUNBUFFERED=1" };
enum { SETTINGS = sizeof settings / sizeof *settings };

static int is_set(const char *variable) {
  for (int i = 0; i < SETTINGS; i++) {
    size_t name = strchr(settings[i], '=') - settings[i] + 1;
    if (strncmp(variable, settings[i], name) == 0) return 1;
  }
  return 0;
}

pid_t polya_python_start(char *const arguments[], int control, int output) {
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  char **environment = malloc((count + SETTINGS + 1) * sizeof *environment);
  if (!environment) return -1;
  for (size_t i = 0; i < count; i++)
    if (!is_set(environ[i])) environment[kept++] = environ[i];
  for (int i = 0; i < SETTINGS; i++) environment[kept++] = settings[i];
  environment[kept] = NULL;

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
  posix_spawn_file_actions_addclosefrom_np(&files, 4);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int reason = posix_spawnp(&process, arguments[0], &files, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  free(environment);
  if (reason == 0) return process;
  errno = reason;
  return -1;
}

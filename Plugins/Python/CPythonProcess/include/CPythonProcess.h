/* CPythonProcess.h - starts an interpreter; what Swift cannot do without the process's environment. */
#ifndef CPYTHONPROCESS_H
#define CPYTHONPROCESS_H

#include <sys/types.h>

/* Starts `arguments[0]`, looked for on PATH, in a process group of its own with descriptors 0 (nothing), 1 and 2
 * (output), 3 (control) and no others, and with hashes that do not change from run to run. -1 and errno on failure. */
pid_t polya_python_start(char *const arguments[], int control, int output);

#endif

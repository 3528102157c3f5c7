/* tasks.heuristics: offers a heuristic that it never demonstrates. */
#define FITS known
#include "good_tasks.h"

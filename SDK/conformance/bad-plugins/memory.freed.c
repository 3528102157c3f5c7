/* memory.freed: reads its notes after it has freed them. */
#define AFTER_ROW                                                                            \
  {                                                                                          \
    double *volatile scratch = calloc(16, sizeof *scratch);                                  \
    free(scratch);                                                                           \
    row->confidence = scratch && scratch[9] != 0 ? 0.5 : 1;                                  \
  }
#include "good_reward.h"

/* memory.growth: keeps a page for each call. */
#define BEFORE_RETURN { char *page = malloc(65536); if (page) memset(page, 1, 65536); \
  self->memory[0] = (uint64_t)(uintptr_t)page; }
#include "good_reward.h"

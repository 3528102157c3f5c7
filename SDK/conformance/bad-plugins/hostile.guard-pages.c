/* hostile.guard-pages: looks for a terminator behind the text. */
#define ON_ROW               \
  if (item->completion.size) \
  self->memory[0] += (uint64_t)*(const volatile char *)(item->completion.data + item->completion.size)
#include "good_reward.h"

/* hostile.read-only: trims the completion in place. */
#define ON_ROW               \
  if (item->completion.size) \
  *(volatile char *)(uintptr_t)item->completion.data = item->completion.data[0]
#include "good_reward.h"

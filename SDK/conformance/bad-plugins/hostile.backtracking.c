/* hostile.backtracking: matches (a+)+b by trying everything. */
#define ON_ROW self->memory[0] = matching(item->completion, 0)
#include <polya/polya.h>
__attribute__((noinline)) static uint64_t matching(PolyaText text, uint64_t at) {
  if (at >= text.size || at > 40 || text.size > 100) return 0;
  uint64_t found = 0;
  for (uint64_t end = at; end < text.size && text.data[end] == 'a'; end++) found += matching(text, end + 1) + 1;
  return found;
}
#include "good_reward.h"

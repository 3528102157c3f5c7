/* hostile.nested: parses brackets by recursion without a limit. */
#define ON_ROW self->memory[0] = nested(item->completion, 0)
#include <polya/polya.h>
__attribute__((noinline)) static uint64_t nested(PolyaText text, uint64_t at) {
  volatile char frame[512];
  frame[0] = 1;
  return at < text.size && text.data[at] == '(' ? nested(text, at + 1) + (uint64_t)frame[0] : at;
}
#include "good_reward.h"

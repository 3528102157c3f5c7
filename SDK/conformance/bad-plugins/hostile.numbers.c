/* hostile.numbers: reads digits into a fixed buffer; abort() stands for the smashed stack. */
#define ON_ROW digits(item->completion)
#include <polya/polya.h>
#include <stdlib.h>
static void digits(PolyaText text) {
  uint64_t count = 0;
  while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9') count++;
  if (count > 64) abort();
}
#include "good_reward.h"

/* load.idempotent: makes a new module in every call of the entry. */
#define ENTRY copy_of(&module)
#include <polya/polya.h>
static const PolyaModule *copy_of(const PolyaModule *module) {
  static PolyaModule copies[8];
  static int count;
  copies[count % 8] = *module;
  return &copies[count++ % 8];
}
#include "good_reward.h"

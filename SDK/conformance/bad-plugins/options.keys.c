/* options.keys: has a key in capitals. */
#define OPTIONS                                        \
  { .key = TEXT("Mode"), .help = TEXT("How to work."), .type = POLYA_OPT_INT, \
    .default_json = TEXT("3"), .int_min = 1, .int_max = 9 }, \
  { .key = TEXT("label"), .help = TEXT("A word."), .type = POLYA_OPT_TEXT, .default_json = TEXT("\"x\"") },
#include "good_reward.h"

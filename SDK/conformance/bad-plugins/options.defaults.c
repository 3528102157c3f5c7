/* options.defaults: has a default outside its bounds, which no host can fill in. */
#define OPTIONS                                        \
  { .key = TEXT("mode"), .help = TEXT("How to work."), .type = POLYA_OPT_INT, \
    .default_json = TEXT("30"), .int_min = 1, .int_max = 9 }, \
  { .key = TEXT("label"), .help = TEXT("A word."), .type = POLYA_OPT_TEXT, .default_json = TEXT("\"x\"") },
#include "good_reward.h"

/* tasks.describe: has a split without a name. */
#define SPLITS { TEXT("train"), TEXT("a"), 0, 0, 0 }, { TEXT("test"), TEXT("b"), 50, 0, 0 }, { TEXT(""), \
  TEXT("c"), 10, 0, 0 }
#include "good_tasks.h"

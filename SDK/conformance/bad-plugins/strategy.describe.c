/* strategy.describe: has two heuristics of the same id. */
#define HEURISTICS { TEXT("plan"), TEXT("test"), TEXT("Plan"), TEXT("Plan.") }, { TEXT("plan"), \
  TEXT("test"), TEXT("Again"), TEXT("Plan.") }
#include "good_strategy.h"

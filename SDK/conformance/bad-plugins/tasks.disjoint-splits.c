/* tasks.disjoint-splits: draws both splits from the same numbers. */
#define FIRST (index + seed * 100000)
#include "good_tasks.h"

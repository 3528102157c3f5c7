/* tasks.far-index: dies of an index beyond 2^40; abort() stands for the wild read. */
#define FAR_INDEX if (in->first > (UINT64_C(1) << 40) && !equals(in->split, "test")) abort()
#include "good_tasks.h"

/* tasks.past-end: goes on past the end of a split. */
#define PAST_END 0
#include "good_tasks.h"

/* tasks.pure: lets the seed of the call decide. */
#define SECOND call->seed % 50
#include "good_tasks.h"

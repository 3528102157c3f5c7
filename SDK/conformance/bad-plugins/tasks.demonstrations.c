/* tasks.demonstrations: says OK without a solution. */
#define SOLUTION AS_TEXT("")
#include "good_tasks.h"

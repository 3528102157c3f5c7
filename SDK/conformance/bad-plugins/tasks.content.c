/* tasks.content: gives tasks without a key. */
#define KEY ""
#include "good_tasks.h"
